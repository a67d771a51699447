import { type CharacterSet, characterStarts } from "./characters.ts";
import type { NamedState, Place, State, ValueState } from "./states.ts";

/** What one place of a variable holds in a URI, still percent-encoded. */
export interface Capture {
  readonly place: Place;
  readonly text: string;
}

// Positions count characters; a percent-encoded one counts as one.

interface Step {
  /** The state that follows, and where it begins. */
  readonly next: number;
  readonly at: number;
  /** How many variables are found from here to the URI's end. */
  readonly score: number;
  /** What is captured on the way. */
  readonly value?: Value;
}

interface Value {
  readonly place: Place;
  readonly start: number;
  readonly end: number;
}

interface Run {
  readonly uri: string;
  readonly states: readonly State[];
  /** Where each character begins in `uri`; the last entry is its end. */
  readonly starts: Int32Array;
  /**
   * By state and position: how many variables this state and all after it find in the rest of the URI, or -1
   * where they do not match it.
   */
  readonly scores: Int32Array[];
  /** By set and position: where the run of the set's characters that begins there ends. */
  readonly runEnds: Map<CharacterSet, Int32Array>;
  /**
   * By the state after an expression and by the most characters of a value in it: what `bestEndsOf` found.
   */
  readonly bestEnds: Map<number, Map<number, Int32Array>>;
}

/**
 * Matches a whole URI; returns its captures in the URI's order, or `undefined`. The URI is well encoded and
 * its hexadecimal digits are in upper case.
 *
 * Nothing is tried twice: state by state, from the template's end to its start, it is worked out from which
 * positions the rest matches, and a walk forward then follows what is known to arrive. The work is bounded by
 * the template's size times the URI's length.
 *
 * Of several readings, one that finds the most variables is taken; among those an expression takes as many
 * values as it can, and an earlier value as many characters as it can.
 */
export function matchStates(states: readonly State[], uri: string): Capture[] | undefined {
  const start = states.length - 1;
  const beginning = states[start];
  if (beginning?.kind === "literal" && !uri.startsWith(beginning.text)) return undefined;

  const starts = characterStarts(uri);
  const run: Run = { uri, states, starts, scores: [], runEnds: new Map(), bestEnds: new Map() };
  for (let state = 0; state <= start; state++) fillScores(run, state);

  const captures: Capture[] = [];
  let step = stepTo(run, start, 0);
  if (!step) return undefined;
  for (; step; step = stepFrom(run, step.next, step.at)) {
    const { value } = step;
    if (value) captures.push({ place: value.place, text: uri.slice(starts[value.start], starts[value.end]) });
  }
  return captures;
}

function fillScores(run: Run, state: number): void {
  const last = run.starts.length - 1;
  const scores = new Int32Array(last + 1).fill(-1);
  // In place before it is complete: a list's state leads to itself, further on.
  run.scores[state] = scores;
  if (state === 0) {
    scores[last] = 0;
    return;
  }
  for (let at = last; at >= 0; at--) scores[at] = stepFrom(run, state, at)?.score ?? -1;
}

/** The best step from a position; `undefined` where none arrives at the URI's end. */
function stepFrom(run: Run, number: number, at: number): Step | undefined {
  const state = run.states[number] as State;
  switch (state.kind) {
    case "end":
      return undefined;
    case "literal": {
      const step = stepTo(run, state.exit, at + state.length);
      return step && run.uri.startsWith(state.text, run.starts[at]) ? step : undefined;
    }
    default: {
      const step = state.kind === "value" ? valueStep(run, state, at) : namedStep(run, state, at);
      return state.optional ? better(step, stepTo(run, state.exit, at)) : step;
    }
  }
}

function valueStep(run: Run, state: ValueState, at: number): Step | undefined {
  if (state.lead !== "" && !hasCharacter(run, at, state.lead)) return undefined;
  return stepOverValue(run, state, state.place, at + state.lead.length, state.least);
}

function namedStep(run: Run, state: NamedState, at: number): Step | undefined {
  if (!hasCharacter(run, at, state.lead)) return undefined;
  const { uri, starts } = run;
  let best: Step | undefined;
  for (const { place, name, length } of state.names) {
    if (!uri.startsWith(name, starts[at + 1])) continue;
    const nameEnd = at + 1 + length;
    const step = hasCharacter(run, nameEnd, "=")
      ? stepOverPair(run, state, place, nameEnd + 1)
      : stepOverBareName(run, state, place, nameEnd);
    best = better(best, step);
  }
  return best;
}

function stepOverPair(run: Run, state: NamedState, place: Place, start: number): Step | undefined {
  if (!state.bareWhenEmpty) return stepOverValue(run, state, place, start, 0);
  const isEmpty = runEndsOf(run, state.characters)[start] === start;
  return isEmpty ? undefined : stepOverValue(run, state, place, start, 1);
}

function stepOverBareName(run: Run, state: NamedState, place: Place, end: number): Step | undefined {
  if (!state.bareWhenEmpty) return undefined;
  const value = { place, start: end, end };
  return better(stepToMore(run, state, value), stepTo(run, state.exit, end, 1, value));
}

/** A step over a value; `least` is the fewest characters with which it may end the expression. */
function stepOverValue(
  run: Run,
  state: ValueState | NamedState,
  place: Place,
  start: number,
  least: number,
): Step | undefined {
  const most = place.variable.prefix;
  const runEnd = runEndsOf(run, state.characters)[start] as number;
  const more = runEnd - start > most ? undefined : stepToMore(run, state, { place, start, end: runEnd });
  if (runEnd < start + least) return more;
  const end = bestEndsOf(run, state, most - least)[start + least] as number;
  return better(more, stepTo(run, state.exit, end, state.gain, { place, start, end }));
}

/** A step from a value's end to a further value of the same expression. */
function stepToMore(run: Run, state: ValueState | NamedState, value: Value): Step | undefined {
  if (!hasCharacter(run, value.end, state.separator)) return undefined;
  let best: Step | undefined;
  for (const next of state.more) best = better(best, stepTo(run, next, value.end, state.gain, value));
  return best;
}

function stepTo(run: Run, next: number, at: number, gain = 0, value?: Value): Step | undefined {
  const score = run.scores[next]?.[at] ?? -1;
  return score === -1 ? undefined : { next, at, score: score + gain, value };
}

/** The step that finds more variables; of equal ones the first. */
function better(first: Step | undefined, second: Step | undefined): Step | undefined {
  return second && (!first || second.score > first.score) ? second : first;
}

/** Whether an unencoded character stands at a position. */
function hasCharacter(run: Run, at: number, character: string): boolean {
  return run.uri[run.starts[at] as number] === character;
}

function runEndsOf(run: Run, characters: CharacterSet): Int32Array {
  const known = run.runEnds.get(characters);
  if (known) return known;
  const last = run.starts.length - 1;
  const ends = new Int32Array(last + 1).fill(last);
  for (let at = last - 1; at >= 0; at--) {
    const code = run.uri.charCodeAt(run.starts[at] as number);
    const belongs = code === PERCENT || characters[code] === 1;
    ends[at] = belongs ? (ends[at + 1] as number) : at;
  }
  run.runEnds.set(characters, ends);
  return ends;
}

const PERCENT = 0x25;

/**
 * By the position where a value begins: where it ends best, within its run and its most characters, if the
 * state's exit follows. Of equally good ends the furthest.
 */
function bestEndsOf(run: Run, state: ValueState | NamedState, most: number): Int32Array {
  const known = run.bestEnds.get(state.exit) ?? new Map<number, Int32Array>();
  run.bestEnds.set(state.exit, known);
  const found = known.get(most);
  if (found) return found;

  const scores = run.scores[state.exit] as Int32Array;
  const runEnds = runEndsOf(run, state.characters);
  const ends = new Int32Array(scores.length);
  // The maximum of a sliding window. It holds positions from far to near; the nearer stays longer, so a
  // farther one that is worse is of no more use.
  const window = new Int32Array(scores.length);
  let head = 0;
  let tail = 0;
  for (let at = scores.length - 1; at >= 0; at--) {
    const score = scores[at] as number;
    while (tail > head && (scores[window[tail - 1] as number] as number) < score) tail -= 1;
    window[tail++] = at;
    const furthest = Math.min(runEnds[at] as number, at + most);
    while ((window[head] as number) > furthest) head += 1;
    ends[at] = window[head] as number;
  }
  known.set(most, ends);
  return ends;
}
