/** What the rooms of the collector may ask of the compliance database. */
import type { Kysely, Transaction } from "kysely";
import type { Decision } from "../registry/decisions.ts";
import type { Database } from "./schema.ts";

/** Records of one source and epoch that follow its committed mark; the mark moves in the same transaction. */
export interface RecordGroup {
  source: string;
  site: string;
  epoch: string;
  /** The committed mark that `first` follows: compare-and-set fences two workers. */
  expected: number;
  first: number;
  /** Number of sequence numbers covered, quarantined ones included. */
  count: number;
  receivedAt: number;
  address: string | null;
  offsetMs: number | null;
  /** Accepted records as JSON texts `{"kind":…,"at":…,"body":{…}}` with their sequence numbers. */
  records: { seq: number; kind: string; at: number; body: string }[];
  quarantined: { seq: number; reason: string; detail: string; raw: string }[];
}

export type GroupOutcome = { ok: true; committed: number } | { ok: false; code: "mark-moved"; committed: number };

/** Who goes first at the one writer: `front` (intake, people's decisions) before `background` (projections, upkeep). */
export type Lane = "front" | "background";

export interface Store {
  /** This database's incarnation; changes after a restore from a copy. */
  readonly incarnation: string;
  /** Readers: their own connections, never the writer's. */
  readonly read: Kysely<Database>;
  /**
   * The one writer: serialised, BEGIN IMMEDIATE, committed with synchronous=FULL when the promise resolves. `work` may not
   * call `write` or `commitGroups` itself. In the lane `background` (default `front`) it waits for what is in front, but is
   * promised a share of the time. Rejects with AppError `disk-full`, `database-locked` (nothing was committed; may be tried
   * again), `database-constraint`, `database-error`, `writer-busy`, `store-closed`, or with what `work` threw.
   */
  write<T>(work: (tx: Transaction<Database>) => Promise<T>, options?: { lane?: Lane }): Promise<T>;
  /** Does ahead what `commitGroups` of the same array can do without the database, while another transaction runs. The groups may not change after. */
  prepareGroups(groups: RecordGroup[]): void;
  /**
   * Commits many sources' groups in one transaction; outcomes in the order of the groups. Groups of one source and epoch follow
   * each other and stand or fall together.
   * Rejects as `write` does, and with `unknown-source`; then nothing was committed.
   */
  commitGroups(groups: RecordGroup[]): Promise<GroupOutcome[]>;
  /** Appends records of the source `centre` (inside `tx`, or in a transaction of their own); resolves to their record ids. */
  appendDecisions(decisions: Decision[], tx?: Transaction<Database>): Promise<number[]>;
  /** The committed marks of a source, by epoch. */
  marks(source: string): Promise<{ epoch: string; committed: number; machine: string | null }[]>;
  /** Calls back after each commit that added records; returns the cancelling function. */
  onCommitted(listener: () => void): () => void;
  /** A ms stamp that never decreases from one write transaction to the next. To be read inside `write` only. */
  stamp(): number;
  /**
   * Writes a consistent copy while everything runs; a database opened from it has another incarnation.
   * Rejects with AppError `file-exists`, `disk-full`.
   */
  backup(toFile: string): Promise<void>;
  /** Counters and gauges for /metrics, by name. */
  stats(): Record<string, number>;
  close(): Promise<void>;
}
