/** A working day as a list of events, from a seed. Pure: who does what at which minute; playing it is another file's work. */
import { seededRandom } from "../../protocol/seeded-random.ts";
import type { Random } from "../../protocol/time.ts";
import type { SimulatedPc } from "../pcs/pc.ts";

/** Minutes since midnight of the simulated day. */
export const DAY_START = 7 * 60 + 50;
export const DAY_END = 18 * 60;
const OPENING = 8 * 60;
const LATEST_ARRIVAL = 9 * 60;
const ADDRESS_CHANGE = 10 * 60 + 30;
const CLONE_APPEARS = 11 * 60;
const CABLE_PULLED = 14 * 60;
const CLOSING = 17 * 60;
const LAST_PUNCH = 17 * 60 + 20;
const LAST_SHUTDOWN = 17 * 60 + 50;

const IN = 0;
const OUT = 1;
/** Of a hundred people: absent, late, and those who punch twice because the first beep was missed. */
const ABSENT_SHARE = 0.04;
const LATE_SHARE = 0.06;
const TWICE_SHARE = 0.03;
const LATE_MINUTES_MAX = 40;

export type DayEvent = { minute: number } & (
  | { do: "start-pc"; pc: string }
  | { do: "change-address"; pc: string; to: string }
  | { do: "clone-pc"; pc: string }
  | { do: "cut-pc"; pc: string }
  | { do: "shut-down"; pc: string }
  | { do: "punch"; clock: number; user: number; type: number }
);

export interface DayPlan {
  pcs: readonly SimulatedPc[];
  /** Users of each clock. */
  clocks: readonly (readonly number[])[];
  seed: number;
}

/** All events in order of time. PCs with a fault in their past have it already when they start. */
export function writeDay({ pcs, clocks, seed }: DayPlan): DayEvent[] {
  const random = seededRandom(seed);
  const events = [
    ...pcs.flatMap((pc) => pcDay(pc, random)),
    ...clocks.flatMap((users, clock) => users.flatMap((user) => punchDay(clock, user, random))),
  ];
  return events.sort((a, b) => a.minute - b.minute);
}

function pcDay(pc: SimulatedPc, random: Random): DayEvent[] {
  const who = { pc: pc.wanted };
  // The storm: most within a few minutes of opening.
  const minute = OPENING + (random() ** 2 * 30 - 3);
  const start: DayEvent = { minute, do: "start-pc", ...who };
  const end: DayEvent = { minute: between(CLOSING + 5, LAST_SHUTDOWN, random), do: "shut-down", ...who };
  if (pc.planted === "ip-change" && pc.changesTo) {
    return [start, { minute: ADDRESS_CHANGE, do: "change-address", ...who, to: pc.changesTo }, end];
  }
  if (pc.planted === "clone") return [start, { minute: CLONE_APPEARS, do: "clone-pc", ...who }, end];
  if (pc.planted === "silent") return [start, { minute: CABLE_PULLED, do: "cut-pc", ...who }];
  return [start, end];
}

function punchDay(clock: number, user: number, random: Random): DayEvent[] {
  if (random() < ABSENT_SHARE) return [];
  const late = random() < LATE_SHARE;
  const arrival = late ? LATEST_ARRIVAL + random() * LATE_MINUTES_MAX : between(OPENING + 5, LATEST_ARRIVAL, random);
  const punch = (minute: number, type: number): DayEvent => ({ minute, do: "punch", clock, user, type });
  const events = [punch(arrival, IN), punch(between(CLOSING, LAST_PUNCH, random), OUT)];
  if (random() < TWICE_SHARE) events.push(punch(arrival + 0.5, IN));
  return events;
}

function between(from: number, to: number, random: Random): number {
  return from + random() * (to - from);
}

/** `08:05` */
export function formatMinute(minute: number): string {
  const whole = Math.floor(minute);
  return `${String(Math.floor(whole / 60)).padStart(2, "0")}:${String(whole % 60).padStart(2, "0")}`;
}
