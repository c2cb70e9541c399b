/** The numbers of the intake: what may be set, and what bounds it. */

export interface IntakeSettings {
  /** How long a `lost` must stand before it is believed: a reconnect within it is a flap. */
  flapMs: number;
  /** After a start: how long a source that was there before may take to be heard again (the longest back-off of a source, and a flap). */
  returnWaitMs: number;
  /** How often the centre notes that it is alive: the error of `silentSince` after a crash. */
  aliveEveryMs: number;
  /** Least time from the start of one commit to that of the next, unless a full one waits: what comes in it shares a sync of the disk. */
  commitEveryMs: number;
  /** Pause before a commit that failed for want of disk or lock is tried again. */
  retryMs: number;
}

export const DEFAULT_SETTINGS: IntakeSettings = {
  flapMs: 90_000,
  returnWaitMs: 210_000,
  aliveEveryMs: 5_000,
  commitEveryMs: 2,
  retryMs: 1_000,
};

/** Most records in one transaction (contract, section Delivery, 3); a single batch is never split. */
export const COMMIT_RECORDS_MAX = 2_000;
/** Most text of records in one transaction. */
export const COMMIT_BYTES_MAX = 8 * 1024 * 1024;
/** Records accepted and not committed yet; beyond it publications wait, and with them their PUBACK. */
export const QUEUE_RECORDS_MAX = 20_000;
export const QUEUE_BYTES_MAX = 64 * 1024 * 1024;
/** Publications that may wait for room in the queue; beyond it they are refused, and their source sends them again. */
export const WAITING_PUBLICATIONS_MAX = 20_000;

/** Sources whose marks are kept in memory; others are read from the database when they speak. */
export const SOURCES_MAX = 20_000;
/** Epochs that one source may begin in its life; a new one stands for a lost journal. */
export const EPOCHS_MAX = 256;
/** How long, and for how many names, it is remembered that no source has that name. */
export const UNKNOWN_MS = 5_000;
export const UNKNOWN_NAMES_MAX = 10_000;
/** Records per epoch whose content is remembered, to tell a resent record from another one under its number. */
export const CONTENTS_MAX = 256;
/** An acknowledgement that the broker has not handed to the network for so long no longer holds up the next one. */
export const ACK_WAIT_MS = 30_000;
/** The same trouble of the same source is logged (and an unreadable message kept) once in this time. */
export const TROUBLE_EVERY_MS = 60_000;
export const TROUBLES_MAX = 1_000;
