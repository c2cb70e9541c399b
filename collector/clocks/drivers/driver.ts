/** What a reader asks of a clock, whatever its family and its line. A new family implements this. */
import type { LocalDateTime } from "../../../protocol/clock/local-time.ts";
import type { VERIFICATIONS } from "../../../protocol/messages/records/clock-events.ts";

export type Verification = (typeof VERIFICATIONS)[number];

/** One punch as the clock has it. Live and from the log it is the same, `raw` included. */
export interface DevicePunch {
  user: string;
  deviceTime: LocalDateTime;
  verification: Verification[];
  /** The in/out key as the device numbers it. */
  type: number;
  doorOpened?: boolean;
  workCode: number;
  /** The record's bytes, hex. */
  raw: string;
}

export interface ClockIdentity {
  /** The device's own serial number; undefined where it has none to tell. */
  serial: string | undefined;
  firmware?: string;
  model?: string;
}

export interface TimeReading {
  deviceTime: LocalDateTime;
  /** The reader's clock (ms since 1970) when the question was sent and when the answer was there. */
  sentAt: number;
  receivedAt: number;
}

export interface ClockCounts {
  users: number;
  fingerprints: number;
  passwords: number;
  cards: number;
  records: number;
  newRecords: number;
}

export interface ClockCapacity {
  users: number;
  fingerprints: number;
  records: number;
}

export interface LogPage {
  records: DevicePunch[];
  /** When the page's last byte was there (ms since 1970). */
  readAt: number;
}

export interface DownloadOptions {
  /** From the oldest record of the log, or from the first that the clock's own mark calls new. */
  from: "oldest" | "oldest-new";
  /** How many records the clock says it has there. */
  expected: number;
  /** Awaited before each page after the first: people who are punching come first. */
  pause?: () => Promise<void>;
}

/** Who is in a clock's table of users: the id that people know, and the name as bytes in the clock's own charset. */
export interface DeviceUser {
  user: string;
  name: Uint8Array;
}

/**
 * A clock's table of users. Nothing but id and name goes to it; whoever is already in it is never written again, so that
 * fingers, cards and passwords stay. Rejects as ClockDriver does.
 */
export interface UserTable {
  read(): Promise<DeviceUser[]>;
  /** What a name may have, in bytes. */
  nameBytesMax(): Promise<number>;
  /** Whether users may be written and removed without harm to the log; rejects with AppError `users-by-place` when not. */
  assertWritable(): Promise<void>;
  /** Rejects besides with AppError `user-id-bad` for an id that the clock cannot hold. */
  add(user: DeviceUser): Promise<void>;
  /** With what the clock keeps of them, templates too. Removing whoever is not in it does nothing. */
  remove(user: string): Promise<void>;
}

/** Since the driver was made; the same for all clocks of a shared line. */
export interface LineErrors {
  discardedBytes: number;
  crcErrors: number;
  timeouts: number;
  refused: number;
  droppedBiometric: number;
  /** Replies nobody waited for, echoes of our own requests, frames of another master, frames of unknown devices. */
  strays: number;
}

/**
 * Every operation rejects with AppError: `clock-silent` (no answer), `clock-refused` (the clock says no; the line is in
 * order), `clock-bad-answer`, `line-lost`, `line-busy` (too many requests waiting), and on `open` the codes of Line.
 */
export interface ClockDriver {
  readonly family: "tcb" | "ef01" | "zk";
  /** The number on the line. */
  readonly device: number;
  readonly lineName: string;
  /** Undefined where the family's documents do not say how. */
  readonly users: UserTable | undefined;
  lineErrors(): LineErrors;
  open(): Promise<void>;
  close(): Promise<void>;
  onLost(handler: (reason: string) => void): () => void;
  /** A punch pushed live; `readAt` is when its last byte was there. Nobody acknowledges it to the clock. */
  onPunch(handler: (punch: DevicePunch, readAt: number) => void): () => void;
  /** The clock says that it has just started. */
  onStarted(handler: () => void): () => void;
  identify(): Promise<ClockIdentity>;
  readTime(): Promise<TimeReading>;
  setTime(local: LocalDateTime): Promise<void>;
  counts(): Promise<ClockCounts>;
  capacity(): Promise<ClockCapacity>;
  /** Makes the clock push each punch at once, or not. Resolves with what it does afterwards. */
  setLivePush(on: boolean): Promise<boolean>;
  /**
   * The log in the clock's order, page by page. Ends only where the clock says that the log ends; whether that is all of it,
   * the reader finds out by counting. One download at a time. Rejects besides with `log-runaway` when far more comes than `expected`.
   */
  downloadLog(options: DownloadOptions): AsyncIterable<LogPage>;
  /** A record's bytes (`raw`) as a punch again; undefined for bytes that are no record. */
  parsePunch(raw: string): DevicePunch | undefined;
  /** Takes the new mark off exactly the `count` oldest marked records; resolves with how many the clock says it unmarked. */
  unmark(count: number): Promise<number>;
}
