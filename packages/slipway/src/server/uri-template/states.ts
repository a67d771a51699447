import { type CharacterSet, characterStarts, normalizeEncoding, valueCharacters } from "./characters.ts";
import type { Operator } from "./operators.ts";
import type { Expression, Literal, Part, Variable } from "./parse.ts";

/** One place of a variable in the template. */
export interface Place {
  readonly variable: Variable;
  readonly operator: Operator;
}

/** Text that must stand here. */
interface LiteralState {
  readonly kind: "literal";
  readonly text: string;
  /** In characters; a percent-encoded one counts as one. */
  readonly length: number;
  readonly exit: number;
}

interface Values {
  readonly characters: CharacterSet;
  readonly separator: string;
  /** The character before the value, or before its name; empty for none. */
  readonly lead: string;
  /** The states that may take a further value of the same expression, in the order of preference. */
  readonly more: readonly number[];
  /** The state after the expression. */
  readonly exit: number;
  /** Whether the expression may be absent: only where it begins with a character of its own. */
  readonly optional: boolean;
  /** How many variables are found with the value: 1, or 0 for a further member of a list. */
  readonly gain: number;
}

/** A value without a name. */
export interface ValueState extends Values {
  readonly kind: "value";
  readonly place: Place;
  /** The fewest characters with which the value may end the expression. */
  readonly least: number;
}

/** A value with its name; the names of one expression come in any order. */
export interface NamedState extends Values {
  readonly kind: "named";
  readonly names: readonly { readonly name: string; readonly length: number; readonly place: Place }[];
  /** Whether an empty value is written as the bare name (`;name`) rather than as `name=`. */
  readonly bareWhenEmpty: boolean;
}

export type State = { readonly kind: "end" } | LiteralState | ValueState | NamedState;

/**
 * A template as a machine. States are numbered from its end, which is state 0, so that a state leads only to
 * lower numbers or, in a list, to itself; the last one is the start.
 */
export function statesOf(parts: readonly Part[]): readonly State[] {
  const states: State[] = [{ kind: "end" }];
  for (const part of parts.toReversed()) {
    const exit = states.length - 1;
    if (part.kind === "literal") states.push(literalState(part, exit));
    else if (part.operator.named) states.push(...namedStates(part, exit));
    else states.push(...valueStates(part, exit));
  }
  return states;
}

function literalState(literal: Literal, exit: number): LiteralState {
  const text = normalizeEncoding(literal.text);
  return { kind: "literal", text, length: lengthOf(text), exit };
}

function valueStates({ operator, variables }: Expression, exit: number): ValueState[] {
  const { first, separator } = operator;
  // Where several values may come, their separator belongs to none of them.
  const several = variables.length > 1 || variables.some((variable) => variable.explode);
  const characters = valueCharacters(operator, several);
  const states: ValueState[] = [];
  const add = (variable: Variable, lead: string, more: readonly number[], role: Role): number => {
    states.push({
      kind: "value",
      place: { variable, operator },
      characters,
      separator,
      lead,
      more,
      exit,
      optional: role === "first" && lead !== "",
      gain: role === "member" ? 0 : 1,
      // A lone empty value leaves no trace in the URI, so it cannot be told from an absent one.
      least: lead === "" ? 1 : 0,
    });
    return exit + states.length;
  };

  let more: readonly number[] = [];
  for (const [index, variable] of [...variables.entries()].toReversed()) {
    if (variable.explode) {
      // A list's further members lead to themselves.
      const member = exit + states.length + 1;
      more = [...more, member];
      add(variable, separator, more, "member");
    }
    more = [add(variable, index === 0 ? first : separator, more, index === 0 ? "first" : "further")];
  }
  return states;
}

type Role = "first" | "further" | "member";

function namedStates({ operator, variables }: Expression, exit: number): NamedState[] {
  const { first, separator, ifEmpty } = operator;
  const names = variables.map((variable) => {
    const name = normalizeEncoding(variable.name);
    return { name, length: lengthOf(name), place: { variable, operator } };
  });
  const further: NamedState = {
    kind: "named",
    names,
    characters: valueCharacters(operator, true),
    separator,
    lead: separator,
    more: [exit + 1],
    exit,
    optional: false,
    gain: 1,
    bareWhenEmpty: ifEmpty === "",
  };
  return [further, { ...further, lead: first, optional: true }];
}

function lengthOf(text: string): number {
  return characterStarts(text).length - 1;
}
