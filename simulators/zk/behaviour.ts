/** How a terminal answers, as a stack: what is defined later is asked first, and what it leaves open is inherited. */
import type { TerminalState } from "./state.ts";

/** Packets of the answer, in order; `"silence"`: the terminal hears the request and says nothing. */
export type Answer = { command: number; data?: Uint8Array }[] | "silence";

export interface Asked {
  data: Uint8Array;
  /** What this connection has prepared. */
  connection: { prepared: Uint8Array; events: number };
}

export interface TerminalBehaviour {
  name: string;
  /** By command; undefined leaves the answer to the behaviour beneath. */
  answers?: Record<number, (state: TerminalState, asked: Asked) => Answer | undefined>;
  /** How often an event is sent that nobody acknowledges, at least once. */
  eventTries?: number;
}

/** A behaviour that refuses or ignores one command, `times` times or always. */
export function answering(command: number, answer: Answer, times = Number.POSITIVE_INFINITY): TerminalBehaviour {
  let left = times;
  return { name: `answering ${command}`, answers: { [command]: () => (left-- > 0 ? answer : undefined) } };
}
