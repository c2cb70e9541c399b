/** What a clock knows: identity, configuration, users, time, memory, and where a download stands. */
import type { Clock } from "../../protocol/time.ts";
import { Dial, type DialOptions } from "./local-time.ts";
import { LogMemory } from "./log-memory.ts";

export interface ClockOptions extends DialOptions {
  /** Device number on the line, 1 to 2^32 - 1. */
  number: number;
  /** At most 16 ASCII characters. */
  serial: string;
  /** 8 ASCII characters. */
  firmware: string;
  /** At most 8 ASCII characters. */
  model: string;
  users: number[];
  /** Records that the memory holds. */
  capacity: number;
  /** Whether punches are sent live (byte 5 of configuration 2). */
  realTime: boolean;
}

export const CLOCK_DEFAULTS: ClockOptions = {
  number: 1,
  serial: "SIM0000000000001",
  firmware: "03.26.93",
  model: "M3",
  users: [],
  capacity: 50_000,
  realTime: true,
  zoneOffsetMinutes: 480,
  driftPpm: 0,
  errorMs: 0,
};

/** Positions in the 15 bytes of configuration 2, whose description counts from 1. */
export const CONFIG_REAL_TIME = 5 - 1;
export const CONFIG_REPEAT_MINUTES = 12 - 1;

/** Password of none, sleep after 10 min, volume 5, Chinese, date format 2/0, command version 2. */
const IDENTITY_TAIL = [0, 0, 0, 10, 5, 0, 0x20, 0, 0, 2];
const CONFIGURATION = [1, 0x80, 0, 1, 0, 1, 0, 5, 0, 0, 100, 0, 0, 5, 0];

export interface Download {
  onlyNew: boolean;
  next: number;
  lastPage: Uint8Array;
}

export interface ClockState {
  readonly options: ClockOptions;
  readonly dial: Dial;
  readonly log: LogMemory;
  users: Set<number>;
  /** The ten bytes of the identity behind the firmware: password 3, sleep, volume, language, formats, state, flag, version. */
  identityTail: Uint8Array;
  configuration: Uint8Array;
  counts: { fingerprints: number; passwords: number; cards: number };
  capacity: { users: number; fingerprints: number };
  download: Download | undefined;
}

export function createState(options: ClockOptions, clock: Clock): ClockState {
  const configuration = Uint8Array.from(CONFIGURATION);
  configuration[CONFIG_REAL_TIME] = options.realTime ? 1 : 0;
  return {
    options,
    dial: new Dial(options, clock),
    log: new LogMemory(options.capacity),
    users: new Set(options.users),
    identityTail: Uint8Array.from(IDENTITY_TAIL),
    configuration,
    counts: { fingerprints: options.users.length, passwords: 0, cards: 0 },
    capacity: { users: 3_000, fingerprints: 3_000 },
    download: undefined,
  };
}

export function isRealTime(state: ClockState): boolean {
  return state.configuration[CONFIG_REAL_TIME] === 1;
}
