import type { McpServer } from "slipway";

/** Knows what is shown of what comes and goes. Processes that serve the same clients share it. */
export interface Switches {
  /** Shows what is hidden, and hides what is shown. Answers with whether it is shown now. */
  flip(key: string): boolean | Promise<boolean>;
  /** Is to be told of what is shown or hidden, by whatever process. */
  listener: (key: string, shown: boolean) => void;
}

/** For one process. */
export class LocalSwitches implements Switches {
  readonly #shown = new Set<string>();
  listener: Switches["listener"] = () => {};

  flip(key: string): boolean {
    const shown = !this.#shown.delete(key);
    if (shown) this.#shown.add(key);
    this.listener(key, shown);
    return shown;
  }
}

/** Adds tools that change what the server offers, so that the clients that listen are told. */
export function addChangingTools(server: McpServer, switches: Switches): void {
  server
    .tool("test_dynamic_tool", {
      description: "Is there only now and then.",
      enabled: false,
      handler: () => "Here I am.",
    })
    .prompt("test_dynamic_prompt", {
      description: "Is there only now and then.",
      enabled: false,
      handler: () => "Here I am.",
    })
    .tool("test_trigger_tool_change", {
      description: "Shows or hides the tool test_dynamic_tool.",
      handler: async () => `The tool is ${named(await switches.flip("test_dynamic_tool"))}.`,
    })
    .tool("test_trigger_prompt_change", {
      description: "Shows or hides the prompt test_dynamic_prompt.",
      handler: async () => `The prompt is ${named(await switches.flip("test_dynamic_prompt"))}.`,
    });
  switches.listener = (key, shown) => {
    const features = key === "test_dynamic_tool" ? server.tools : server.prompts;
    if (shown) features.enable(key);
    else features.disable(key);
  };
}

function named(shown: boolean): string {
  return shown ? "shown" : "hidden";
}
