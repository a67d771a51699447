import type { FeatureSwitch, McpServer } from "slipway";

/** Tools that change what the server offers, so that the clients that listen are told. */
export function addChangingTools(server: McpServer): void {
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
    });
  const toggleTool = toggle(server.tools, "test_dynamic_tool");
  const togglePrompt = toggle(server.prompts, "test_dynamic_prompt");
  server
    .tool("test_trigger_tool_change", {
      description: "Shows or hides the tool test_dynamic_tool.",
      handler: () => `The tool is ${toggleTool()}.`,
    })
    .tool("test_trigger_prompt_change", {
      description: "Shows or hides the prompt test_dynamic_prompt.",
      handler: () => `The prompt is ${togglePrompt()}.`,
    });
}

function toggle(features: FeatureSwitch, key: string): () => "shown" | "hidden" {
  let shown = false;
  return () => {
    shown = !shown;
    if (shown) features.enable(key);
    else features.disable(key);
    return shown ? "shown" : "hidden";
  };
}
