/** How a clock answers, as a stack: what is defined later is asked first, and what it leaves open is inherited. */
import type { ClockState } from "./state.ts";
import type { HostFrame } from "./wire.ts";

/** `"silence"`: the clock hears the request and says nothing. */
export type Answer = { ret: number; data: Uint8Array } | "silence";

export const RET = { OK: 0x00, FAIL: 0x01, FULL: 0x04, EMPTY: 0x05 } as const;

const NO_DATA = new Uint8Array();

export interface ClockBehaviour {
  name: string;
  /** Looks at every request before it is answered, e.g. to let someone punch just then. */
  onRequest?(state: ClockState, request: HostFrame): void;
  /** By command; undefined leaves the answer to the behaviour beneath. */
  answers?: Record<number, (state: ClockState, data: Uint8Array) => Answer | undefined>;
  /** After a live push. */
  onPushed?(state: ClockState): void;
}

export function accept(data: Uint8Array = NO_DATA): Answer {
  return { ret: RET.OK, data };
}

/** A reply with another return code carries no data. */
export function refuse(ret: number = RET.FAIL): Answer {
  return { ret, data: NO_DATA };
}

/** A behaviour that refuses one command, `times` times or always. */
export function refusing(command: number, ret: number = RET.FAIL, times = Number.POSITIVE_INFINITY): ClockBehaviour {
  let left = times;
  return {
    name: `refusing ${command.toString(16)}`,
    answers: { [command]: () => (left-- > 0 ? refuse(ret) : undefined) },
  };
}

/** A behaviour that hears one command and says nothing, `times` times or always. */
export function silentOn(command: number, times = Number.POSITIVE_INFINITY): ClockBehaviour {
  let left = times;
  return {
    name: `silent on ${command.toString(16)}`,
    answers: { [command]: () => (left-- > 0 ? "silence" : undefined) },
  };
}
