interface Stated {
  /** Stable: `<revision>/<area>/<what>`, in kebab-case. A test that shows the requirement has it in its title. */
  id: string;
  /** MUST stands for MUST NOT and REQUIRED too, SHOULD for SHOULD NOT and RECOMMENDED. */
  level: "MUST" | "SHOULD";
  /** The specification or its schema says it in plain words, without a key word of BCP 14. */
  implied?: true;
  /** What is required, in one sentence. */
  text: string;
  /** The section of the specification, as a URL. */
  place: string;
}

/** What the runtime does or prevents. Tests show it. */
interface RuntimeRequirement extends Stated {
  /** What a test does to show it, and what it then sees. */
  check: string;
  bindsAuthor?: never;
  later?: never;
}

/** What only the author of a server can keep. No test can show it. */
interface AuthorRequirement extends Stated {
  bindsAuthor: true;
  /** Why the runtime can neither do nor prevent it. */
  reason: string;
  check?: never;
  later?: never;
}

/** Subjects that the runtime does not have yet. */
export const LATER_SUBJECTS = ["limits", "authorization", "tasks", "observability"] as const;

/** What the runtime will do when it has the subject. Until then no test shows it. */
interface LaterRequirement extends Stated {
  /** What it belongs to. */
  later: (typeof LATER_SUBJECTS)[number];
  check: string;
  bindsAuthor?: never;
}

/** Something that a revision of the specification requires of a server or of a server's transport. */
export type Requirement = RuntimeRequirement | AuthorRequirement | LaterRequirement;

/** Requirements of the specification that the manifest leaves out. */
export interface OutOfScope {
  revision: string;
  what: string;
  /** The pages or sections, as URLs. */
  places: readonly string[];
  reason: string;
}
