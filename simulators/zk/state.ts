/** What a simulated ZK terminal knows. */
import type { Clock } from "../../protocol/time.ts";
import { Dial, type DialOptions } from "../clock/local-time.ts";
import type { EntrySize } from "./records.ts";

export interface TerminalOptions extends DialOptions {
  serial: string;
  model: string;
  firmware: string;
  users: number[];
  /** Layout of log entries, by firmware. */
  entrySize: EntrySize;
  capacity: number;
  /** 0 for none. */
  commKey: number;
}

export const TERMINAL_DEFAULTS: TerminalOptions = {
  serial: "SIMZK00000001",
  model: "SIM-K14",
  firmware: "Ver 6.60 Sim",
  users: [],
  entrySize: 40,
  capacity: 100_000,
  commKey: 0,
  zoneOffsetMinutes: 480,
  driftPpm: 0,
  errorMs: 0,
};

export interface TerminalState {
  readonly options: TerminalOptions;
  readonly dial: Dial;
  readonly users: number[];
  readonly names: Map<number, Uint8Array>;
  log: Uint8Array[];
}

export function createState(options: TerminalOptions, clock: Clock): TerminalState {
  return { options, dial: new Dial(options, clock), users: [...options.users], names: new Map(), log: [] };
}

/** The internal number of a user: its place in the list, from 1 on. */
export function uidOf(state: TerminalState, user: number): number {
  return state.users.indexOf(user) + 1;
}
