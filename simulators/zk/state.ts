/** What a simulated ZK terminal knows. */
import type { Clock } from "../../protocol/time.ts";
import { Dial, type DialOptions } from "../clock/local-time.ts";
import type { EntrySize, UserSize } from "./records.ts";

export interface TerminalOptions extends DialOptions {
  serial: string;
  model: string;
  firmware: string;
  users: number[];
  /** Layout of its users, by firmware: short names and numbers, or long ones. */
  userBytes: UserSize;
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
  userBytes: 72,
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
  /** The internal number of each user, which nobody else gets while they are there. */
  readonly uids: Map<number, number>;
  readonly names: Map<number, Uint8Array>;
  log: Uint8Array[];
}

export function createState(options: TerminalOptions, clock: Clock): TerminalState {
  const users = [...options.users];
  const uids = new Map(users.map((user, index) => [user, index + 1]));
  return { options, dial: new Dial(options, clock), users, uids, names: new Map(), log: [] };
}

export function uidOf(state: TerminalState, user: number): number {
  return state.uids.get(user) ?? 0;
}

/** Takes the place of whoever had the internal number. */
export function putUser(state: TerminalState, uid: number, user: number, name: Uint8Array): void {
  dropUser(state, uid);
  state.users.push(user);
  state.uids.set(user, uid);
  state.names.set(user, name);
}

/** False when nobody has the internal number. */
export function dropUser(state: TerminalState, uid: number): boolean {
  const at = state.users.findIndex((user) => uidOf(state, user) === uid);
  if (at < 0) return false;
  for (const user of state.users.splice(at, 1)) {
    state.uids.delete(user);
    state.names.delete(user);
  }
  return true;
}
