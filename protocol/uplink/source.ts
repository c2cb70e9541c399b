/**
 * A source, whole: enrolment, journal, sender and MQTT session under one handle. Agents and clock readers differ only in
 * what they append.
 */

import type { Log } from "../log.ts";
import type { Down, Status } from "../messages/envelope.ts";
import type { ContractRecord } from "../messages/records.ts";
import type { Clock, Random } from "../time.ts";

export type StopCause = NonNullable<Status["cause"]>;

/** How to recognise the centre on first contact. One of the two; both: both must hold. */
export interface CentreTrust {
  /** Path of a PEM file with the certificate authority of the centre. */
  caFile?: string;
  /** SHA-256 of that authority's certificate, hex, with or without colons (`--ca-fingerprint`). */
  caFingerprint?: string;
}

export interface SourceOptions {
  /** Folder of this source alone: key, certificates, identity, journal. Made if absent, mode 0700. */
  home: string;
  kind: "agent" | "reader";
  /** Where and how to enrol. Without it the identity must already be in `home` (see `storeIdentity`). */
  centre?: { url: string; token?: string } & CentreTrust;
  /** `mqtts://host:port` (or `mqtt://` on loopback) instead of what the enrolment said. */
  broker?: string;
  /** Hash of the machine's hardware ids, 16 hex digits: what epoch and identity are bound to. */
  machine: string;
  /** Hardware ids, each hashed to 16 hex digits, at most 8. */
  fingerprint: readonly string[];
  hostname: string;
  /** Version of the program, as `agent` in hello and enrolment. */
  version: string;
  /** The name wanted at enrolment; the centre may give another. */
  wanted?: string;
  simulated?: boolean;
  journal?: {
    /** How long acknowledged records are kept for a replay. Default 7 days. */
    replayMs?: number;
    /** Most bytes on disk. Default 256 MiB. */
    maxBytes?: number;
  };
  /** Spread of the first connect after a start, a stable share per source. Default 60,000; always 0 on loopback. */
  firstConnectSpreadMs?: number;
}

export interface SourceDeps {
  clock: Clock;
  random: Random;
  log: Log;
}

export interface SourceState {
  enrolment:
    | { state: "enrolled"; source: string; site: string; expiresAt: string }
    | { state: "waiting"; enrolment?: string }
    | { state: "refused" | "unreachable"; code: string };
  /** Connected to the broker. */
  connected: boolean;
  /** The centre has answered in this connection. */
  answered: boolean;
  /** The last trouble of the connection; absent while it works. */
  trouble?: { code: string; at: string };
  epoch: string;
  /** Sequence numbers as `append` gives them. */
  newest: number;
  committed: number;
  /** Records that the centre has not committed yet. */
  pending: number;
  journalBytes: number;
  counters: SourceCounters;
}

export interface SourceCounters {
  appended: number;
  batchesSent: number;
  /** Times that the sender went back and sent again. */
  resends: number;
  connects: number;
  acks: number;
  /** Messages from the broker that were not what the contract says. */
  badMessages: number;
  /** Records skipped because their bytes on disk are damaged. */
  damaged: number;
  /** Records given up because journal or disk was full. */
  sacrificed: number;
  gapsSent: number;
}

/** The centre's database went back (restored from a copy): records after `committed` are being sent again. */
export interface Replay {
  /** The new incarnation of the database. */
  db: string;
  /** What the centre still has, as numbers of `append`. */
  committed: number;
  /** Records that the journal no longer holds either; a clock reader reads them from the clock's log again. */
  missing: number;
}

export interface Source {
  /**
   * Resolves with the record's number once it is synced to disk; works from the start, enrolled or not, connected or not.
   * Numbers rise for the life of the journal, whatever happens to its epoch.
   * Rejects with AppError `journal-full` (disk full, or bound reached and nothing lesser left to give way: keep the record and try
   * again later), `journal-io`, `journal-busy` (too many unsynced appends), `record-too-large`, `journal-closed`.
   */
  append(record: ContractRecord): Promise<number>;
  state(): SourceState;
  /** Settings and commands, in order; a command once by id and never after it expired. Returns the function that unsubscribes. */
  onDown(handler: (message: Down) => void): () => void;
  /** Everything up to and including `through` is committed in the compliance database. Rises, but for a replay. */
  onCommitted(handler: (through: number) => void): () => void;
  onReplay(handler: (replay: Replay) => void): () => void;
  /** Address of this machine on the connection to the broker: the primary address. Undefined while not connected. */
  localAddress(): string | undefined;
  onLocalAddress(handler: (address: string) => void): () => void;
  /** Called with true once the broker session stands, false when it is lost. */
  onConnected(handler: (connected: boolean) => void): () => void;
  /** Resolves once enrolled; rejects when the source is stopped first. */
  enrolled(): Promise<{ source: string; site: string }>;
  /** Waits until everything appended so far is committed; false when `timeoutMs` passed first. */
  flush(timeoutMs: number): Promise<boolean>;
  /** Publishes `stopping` with the cause, waits for its PUBACK (at most 3 s), disconnects, closes the journal. Idempotent. */
  stop(cause: StopCause): Promise<void>;
}

/**
 * Opens a source. Returns as soon as the journal is open; enrolment and connection go on in the background and are seen in
 * `state()`. Rejects with AppError `folder-locked` (another process has this folder), `journal-io`, `broker-not-encrypted`,
 * `not-enrolled` (no identity in `home` and no `centre` to ask).
 */
export type OpenSource = (options: SourceOptions, deps: SourceDeps) => Promise<Source>;
