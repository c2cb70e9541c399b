/** What a reader is told and given. */
import type { Log } from "../../../protocol/log.ts";
import type { Clock, Random } from "../../../protocol/time.ts";
import type { ClockDriver } from "../drivers/driver.ts";
import type { RecordSink } from "./sink.ts";
import type { WatermarkStore } from "./watermark.ts";

export interface ReaderOptions {
  /** What people call the clock; also stands in for a serial number where the device has none. */
  name: string;
  /** IANA zone of the clock's local time. */
  zone: string;
  /** Punches are pushed live. False on a shared line: the counts are polled instead. */
  live: boolean;
  /** Set the clock when it is wrong. */
  setsTime: boolean;
  /** `YYYY-MM-DD`: punches from before are doubtful. */
  installedOn: string;
  /** How often counts are asked for. */
  pollMs: number;
  /** How soon after a poll that brought punches; by default `pollMs`. Polls that bring nothing go back to it step by step. */
  busyPollMs?: number;
  /** How often at most the time is asked for and records are unmarked; by default at each poll. */
  choresMs?: number;
  /** The longest wait before a silent clock is tried again. */
  silentBackOffMsMax?: number;
}

export const POLL_MS_LIVE = 60_000;
/** Without pushes the poll is what brings the punches. */
export const POLL_MS_POLLED = 10_000;

/** On a line of eight clocks the line itself is what polls wait for. */
export const POLL_MS_BUSY = 2_000;
export const CHORES_MS_SHARED = 60_000;

export interface ReaderDeps {
  driver: ClockDriver;
  sink: RecordSink;
  store: WatermarkStore;
  clock: Clock;
  random: Random;
  log: Log;
}

/** What a reader knows of its clock at present. */
export interface ReaderState {
  name: string;
  port: string;
  device: number;
  connected: boolean;
  clock?: string;
  firmware?: string;
  model?: string;
  offsetMs?: number;
  records?: number;
  capacity?: number;
  /** Records of the log that are in the journal. */
  position?: number;
  /** The code of the last thing that failed; absent while all is well. */
  trouble?: string;
  counters: ReaderCounters;
}

export interface ReaderCounters {
  live: number;
  fromLog: number;
  /** Pushes of a punch that had been pushed before. */
  duplicates: number;
  /** Flagged because the device time cannot be true. */
  doubtful: number;
  /** Pushes that the journal did not take; read from the log again later. */
  notKept: number;
  reconnects: number;
}
