/** Clocks that are known to behave otherwise, each as one behaviour over the standard one. */
import type { Random } from "../../protocol/time.ts";
import { accept, type ClockBehaviour } from "./behaviour.ts";
import { COMMAND, records, u24s } from "./standard-behaviour.ts";

/** The A350: "new" marks do nothing. Everything counts as new and comes back, whatever was unmarked. */
export const MARKS_DO_NOTHING: ClockBehaviour = {
  name: "marks do nothing",
  answers: {
    [COMMAND.COUNTS]: ({ users, counts, log }) =>
      accept(u24s(users.size, counts.fingerprints, counts.passwords, counts.cards, log.count, log.count)),
    [COMMAND.RECORDS]: (state, data) => (data[0] === 2 ? records(state, Uint8Array.of(1, data[1] ?? 0)) : undefined),
    [COMMAND.CLEAR]: ({ log }, data) => {
      if (data.length !== 4 || data[0] === 0) return undefined;
      const asked = data[0] === 2 ? Buffer.from(data).readUIntBE(1, 3) : log.count;
      return accept(u24s(Math.min(asked, log.count)));
    },
  },
};

/** A clock that takes the mark off a record once it has sent it live, whether or not anyone received it. */
export const PUSH_TAKES_THE_MARK: ClockBehaviour = {
  name: "push takes the mark",
  onPushed: ({ log }) => log.unmarkNewest(),
};

/** Accepts a time and keeps its own: what only a read-back finds. */
export const TIME_CANNOT_BE_SET: ClockBehaviour = {
  name: "time cannot be set",
  answers: { [COMMAND.SET_TIME]: () => accept() },
};

/** Lets someone punch between a request and its reply, with the given chance per request. */
export function punchingMeanwhile(rate: number, random: Random, punch: () => unknown): ClockBehaviour {
  return {
    name: "punching meanwhile",
    onRequest: () => {
      if (random() < rate) punch();
    },
  };
}

/** Clock models by name, for the command line. */
export const MODELS: Record<string, ClockBehaviour[]> = {
  standard: [],
  a350: [MARKS_DO_NOTHING],
  "push-unmarks": [PUSH_TAKES_THE_MARK],
  "stubborn-time": [TIME_CANNOT_BE_SET],
};
