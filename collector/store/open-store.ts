/** Opens the compliance database: lock, migrations, incarnation, one writer and its readers, behind the port `Store`. */
import type { Kysely, Transaction } from "kysely";
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import type { Decision } from "../registry/decisions.ts";
import { Checkpointer, LOG_PAGES_MAX } from "./checkpointer.ts";
import { insertAtOnce, insertGroups, lastOf, openFastLane } from "./commit-groups.ts";
import { backupDatabase } from "./copy.ts";
import { insertDecisions } from "./decisions.ts";
import { readerKysely, writerKysely } from "./dialect.ts";
import { GroupEncoder } from "./encode-groups.ts";
import { HighWaterNote, lastRecordId, settleIncarnation } from "./incarnation.ts";
import { Lanes } from "./lanes.ts";
import { lockStore, type StoreLock } from "./lock.ts";
import { MarkIds } from "./mark-ids.ts";
import { migrate } from "./migrate.ts";
import type { GroupOutcome, Lane, RecordGroup, Store } from "./port.ts";
import type { Database } from "./schema.ts";
import { inTransaction, isStorageTrouble, type OpenSqlDriver, type SqlDriver } from "./sql-driver.ts";
import { Stamp } from "./stamp.ts";

/** How long a statement waits for a lock of a foreign process, such as a backup tool or a shell left open. */
export const BUSY_TIMEOUT_MS = 5_000;
export const READERS = 2;

export interface OpenStoreOptions {
  /** The database file; `.lock`, `.pid`, `.high-water` and SQLite's own files stand beside it. */
  path: string;
  driver: OpenSqlDriver;
  clock: Clock;
  log: Log;
  /** The part of the writer's time promised to the lane `background`, 0 to 0.9. Default 0.25. */
  backgroundShare?: number;
  busyTimeoutMs?: number;
}

/**
 * Rejects with AppError `already-running`, `database-newer`, `database-locked`, `database-damaged`, `database-unreachable`,
 * `disk-full`, `driver-unavailable`; then nothing stays open.
 */
export async function openStore(options: OpenStoreOptions): Promise<Store> {
  const lock = await lockStore(options.path, options.driver);
  const opened: SqlDriver[] = [];
  try {
    const writer = await openWriter(options);
    opened.push(writer);
    await migrate(writer, { now: () => options.clock.now(), log: options.log });
    await openFastLane(writer);
    const incarnation = await settleIncarnation(writer, options.path, options.log);
    const beside = await openConnection(options, "write");
    opened.push(beside);
    for (let index = 0; index < READERS; index++) opened.push(await openConnection(options, "read"));
    const state = { incarnation, recordId: await lastRecordId(writer), stamp: await Stamp.open(writer, options.clock) };
    const store = new SqliteStore(options, { lock, writer, beside, readers: opened.slice(2) }, state);
    await store.noteHighWater();
    return store;
  } catch (error) {
    for (const driver of opened) await driver.close();
    await lock.release();
    throw error;
  }
}

async function openWriter(options: OpenStoreOptions): Promise<SqlDriver> {
  const writer = await openConnection(options, "write");
  try {
    await writer.query("pragma journal_mode = wal");
    await writer.query("pragma synchronous = full");
    await writer.query("pragma foreign_keys = on");
    await writer.query(`pragma wal_autocheckpoint = ${LOG_PAGES_MAX}`);
    return writer;
  } catch (error) {
    await writer.close();
    throw error;
  }
}

async function openConnection(
  { path, driver, busyTimeoutMs = BUSY_TIMEOUT_MS }: OpenStoreOptions,
  mode: "read" | "write",
): Promise<SqlDriver> {
  return await driver({ path, mode, busyTimeoutMs });
}

interface Connections {
  lock: StoreLock;
  writer: SqlDriver;
  /** For what goes on beside the writer. */
  beside: SqlDriver;
  readers: SqlDriver[];
}

class SqliteStore implements Store {
  readonly incarnation: string;
  readonly read: Kysely<Database>;
  readonly #options: OpenStoreOptions;
  readonly #connections: Connections;
  readonly #writer: Kysely<Database>;
  readonly #lanes: Lanes;
  readonly #note: HighWaterNote;
  readonly #stamp: Stamp;
  readonly #checkpointer: Checkpointer;
  readonly #markIds = new MarkIds();
  readonly #encoder = new GroupEncoder(this.#markIds);
  readonly #listeners = new Set<() => void>();
  readonly #counters = { transactions: 0, failures: 0, records: 0, quarantined: 0, fenced: 0 };
  #lastRecordId: number;
  #recordsAdded = 0;
  #isFailing = false;
  #closing: Promise<void> | undefined;

  constructor(
    options: OpenStoreOptions,
    connections: Connections,
    state: { incarnation: string; recordId: number; stamp: Stamp },
  ) {
    this.incarnation = state.incarnation;
    this.#options = options;
    this.#connections = connections;
    this.#stamp = state.stamp;
    this.#lastRecordId = state.recordId;
    this.read = readerKysely(connections.readers, options.log);
    this.#writer = writerKysely(connections.writer, options.log);
    this.#note = new HighWaterNote(options.path, this.incarnation, options);
    const { backgroundShare = 0.25, clock } = options;
    this.#lanes = new Lanes({ monotonic: () => clock.monotonic(), backgroundShare });
    const exclusively = (work: () => Promise<void>) => this.#lanes.run("front", work);
    this.#checkpointer = new Checkpointer({ ...options, ...connections, exclusively });
  }

  async write<T>(
    work: (tx: Transaction<Database>) => Promise<T>,
    { lane = "front" }: { lane?: Lane } = {},
  ): Promise<T> {
    return await this.#exclusively(lane, () => this.#writer.transaction().execute(work));
  }

  prepareGroups(groups: RecordGroup[]): void {
    this.#encoder.prepare(groups);
  }

  async commitGroups(groups: RecordGroup[]): Promise<GroupOutcome[]> {
    if (groups.length === 0) return [];
    return await this.#exclusively("front", async () => {
      const stamp = this.#stamp.value;
      const outcomes = (await this.#commitAtOnce(groups, stamp)) ?? (await this.#commitSlowly(groups, stamp));
      this.#count(groups, outcomes);
      return outcomes;
    });
  }

  async appendDecisions(decisions: Decision[], tx?: Transaction<Database>): Promise<number[]> {
    if (!tx) return await this.write((own) => this.appendDecisions(decisions, own));
    const ids = await insertDecisions(tx, decisions, this.stamp());
    this.#recordsAdded += ids.length;
    return ids;
  }

  async marks(source: string): Promise<{ epoch: string; committed: number; machine: string | null }[]> {
    return await this.read
      .selectFrom("mark")
      .innerJoin("source", "source.id", "mark.source_id")
      .where("source.name", "=", source)
      .select(["mark.epoch", "mark.committed", "mark.machine"])
      .orderBy("mark.id")
      .execute();
  }

  onCommitted(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  stamp(): number {
    return this.#stamp.value;
  }

  async backup(toFile: string): Promise<void> {
    await backupDatabase(this.#options.path, toFile, this.#options.driver);
  }

  async noteHighWater(): Promise<void> {
    this.#note.reached(this.#lastRecordId);
    await this.#note.flush();
  }

  stats(): Record<string, number> {
    const { front, background } = this.#lanes.waiting;
    return {
      ...this.#counters,
      /** 1 while the storage refused the last transaction that it could have taken. */
      failing: this.#isFailing ? 1 : 0,
      lastRecordId: this.#lastRecordId,
      waitingFront: front,
      waitingBackground: background,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#lanes.close();
    await this.#checkpointer.close();
    await this.#note.close();
    await this.read.destroy();
    await this.#connections.beside.close();
    await this.#connections.writer.close();
    await this.#connections.lock.release();
  }

  async #exclusively<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    return await this.#lanes.run(lane, async () => {
      this.#stamp.advance();
      this.#recordsAdded = 0;
      try {
        const result = await work();
        this.#counters.transactions++;
        this.#isFailing = false;
        this.#checkpointer.committed();
        if (this.#recordsAdded > 0) this.#announce();
        return result;
      } catch (error) {
        this.#counters.failures++;
        if (isStorageTrouble(error)) this.#isFailing = true;
        throw error;
      }
    });
  }

  /** Undefined, with nothing done, when a mark is not known or not where its group expects it. */
  async #commitAtOnce(groups: RecordGroup[], stamp: number): Promise<GroupOutcome[] | undefined> {
    const encoded = this.#encoder.take(groups);
    if (!encoded) return undefined;
    try {
      const done = await insertAtOnce(this.#connections.writer, encoded, stamp);
      return done ? groups.map((group) => ({ ok: true, committed: lastOf(group) })) : undefined;
    } finally {
      this.#encoder.release(encoded);
    }
  }

  async #commitSlowly(groups: RecordGroup[], stamp: number): Promise<GroupOutcome[]> {
    const { writer } = this.#connections;
    const { outcomes, ids } = await inTransaction(writer, this.#options.log, () =>
      insertGroups(writer, groups, stamp, this.#markIds),
    );
    groups.forEach((group, index) => {
      this.#markIds.set(group, ids[index] as number);
    });
    return outcomes;
  }

  #announce(): void {
    this.#counters.records += this.#recordsAdded;
    this.#lastRecordId += this.#recordsAdded;
    this.#note.reached(this.#lastRecordId);
    for (const listener of this.#listeners) listener();
  }

  #count(groups: readonly RecordGroup[], outcomes: readonly GroupOutcome[]): void {
    groups.forEach((group, index) => {
      if (!outcomes[index]?.ok) {
        this.#counters.fenced++;
        return;
      }
      this.#recordsAdded += group.records.length;
      this.#counters.quarantined += group.quarantined.length;
    });
  }
}
