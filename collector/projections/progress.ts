/** How far the projections have come, and the next step: a batch of the log, a rebuild's end, the passing of time. */
import { setImmediate } from "node:timers/promises";
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import { PROJECTIONS } from "../registry/present.ts";
import type { Store } from "../store/port.ts";
import { BASIS_STATE, basisOf } from "./basis.ts";
import { Engine, type EngineDeps } from "./engine.ts";
import { flush, type NumberedChange, saveState } from "./flush.ts";
import { loadState, loadWorld } from "./load.ts";
import type { LogRecord } from "./log-record.ts";
import { Outbox } from "./outbox.ts";
import { knowSources, readLog } from "./read-log.ts";
import { emptyProjections, REBUILD_STATE, type RebuildState } from "./rebuild.ts";

/** Records in one transaction. */
export const BATCH_RECORDS = 1_000;
/** Deadlines handled between two looks at the time. */
const DEADLINES_AT_ONCE = 20;
/** Computing longer than this lets the intake have its turn first. */
const BREATH_MS = 3;

export interface ProgressDeps extends EngineDeps {
  store: Store;
  clock: Clock;
  log: Log;
  onStale?: (source: string) => void;
}

interface Position {
  engine: Engine;
  recordId: number;
  horizon: number;
  rebuild: RebuildState | undefined;
}

export class Progress {
  readonly #deps: ProgressDeps;
  readonly #tell: (changes: readonly NumberedChange[]) => void;
  #position: Position | undefined;
  #breathedAt = 0;
  readonly #counters = { records: 0, skipped: 0, batches: 0 };

  /** `tell` is called after each commit, also when nothing is new. */
  constructor(deps: ProgressDeps, tell: (changes: readonly NumberedChange[]) => void) {
    this.#deps = deps;
    this.#tell = tell;
  }

  /** Id of the last record applied and committed. */
  get cursor(): number {
    return this.#position?.recordId ?? 0;
  }

  /** The record that a rebuild under way must reach. */
  get aim(): number {
    return this.#position?.rebuild?.through ?? this.cursor;
  }

  get nextDeadline(): number | undefined {
    return this.#position?.engine.world.deadlines.next;
  }

  stats(): Record<string, number> {
    const machines = [...(this.#position?.engine.world.machines.values() ?? [])];
    const ofClocks = this.#position?.engine.world.clockFindings.size ?? 0;
    const openFindings = machines.reduce((total, { open }) => total + open.size, ofClocks);
    const rebuilding = this.#position?.rebuild ? 1 : 0;
    return { ...this.#counters, cursor: this.cursor, rebuilding, machines: machines.length, openFindings };
  }

  /** What is in memory may be ahead of the tables: it is read again at the next `open`. */
  forget(): void {
    this.#position = undefined;
  }

  /** Loads what the tables hold; begins a rebuild when they follow from other rules, settings or working days. */
  async open(): Promise<void> {
    if (this.#position) return;
    const { store, settings, log } = this.#deps;
    const engine = new Engine(await loadWorld(store.read, settings), this.#deps);
    const cursor = await store.read.selectFrom("cursor").selectAll().where("name", "=", PROJECTIONS).executeTakeFirst();
    const rebuild = await loadState<RebuildState>(store.read, REBUILD_STATE);
    this.#position = { engine, recordId: cursor?.record_id ?? 0, horizon: cursor?.horizon ?? 0, rebuild };
    const basis = await loadState<string>(store.read, BASIS_STATE);
    if (basis === basisOf(this.#deps)) return;
    if (basis !== undefined)
      log.info({}, "rules, settings or working days have changed: the findings are computed anew");
    await this.beginRebuild();
  }

  /** Empties the tables; the steps that follow fill them again to where they stood. */
  async beginRebuild(): Promise<void> {
    const { store, settings } = this.#deps;
    const unfinished = this.#position?.rebuild;
    const rebuild = await store.write(
      async (tx) => {
        const state = await emptyProjections(tx, unfinished);
        await saveState(tx, BASIS_STATE, basisOf(this.#deps));
        return state;
      },
      { lane: "background" },
    );
    const engine = new Engine(await loadWorld(store.read, settings), this.#deps);
    this.#position = { engine, recordId: 0, horizon: 0, rebuild };
  }

  /** Applies the next batch of the log; false when there is none. */
  async step(): Promise<boolean> {
    const position = this.#opened();
    const { store } = this.#deps;
    const { rebuild, recordId } = position;
    const records = await readLog(store.read, recordId, BATCH_RECORDS);
    const batch = rebuild ? records.filter(({ id }) => id <= rebuild.through) : records;
    const last = batch.at(-1);
    if (!last) return rebuild ? await this.#endRebuild(position, rebuild) : false;
    await knowSources(store.read, position.engine.world, batch);
    const outbox = new Outbox();
    for (const record of batch) await this.#apply(position, record, outbox);
    const reached = { ...position, recordId: last.id, horizon: Math.max(position.horizon, last.committedAt) };
    await this.#commit(reached, outbox);
    this.#counters.records += batch.length;
    return true;
  }

  /**
   * Handles the deadlines that have passed, once no record can come before them any more: the stamp of a write transaction
   * never decreases, so what is committed later is later. True when records came instead, which go first.
   */
  async passTime(): Promise<boolean> {
    const position = this.#opened();
    const { store, clock } = this.#deps;
    const next = position.engine.world.deadlines.next;
    if (position.rebuild || next === undefined || next >= clock.now()) return false;
    const { stamp, newest } = await store.write(
      async (tx) => {
        const row = await tx.selectFrom("record").select("id").orderBy("id", "desc").limit(1).executeTakeFirst();
        return { stamp: store.stamp(), newest: row?.id ?? 0 };
      },
      { lane: "background" },
    );
    if (newest > position.recordId) return true;
    if (next >= stamp) return false;
    const outbox = new Outbox();
    await this.#handleDeadlines(position.engine, stamp, outbox);
    await this.#commit({ ...position, horizon: Math.max(position.horizon, stamp) }, outbox);
    return false;
  }

  async #endRebuild(position: Position, { horizon }: RebuildState): Promise<boolean> {
    const outbox = new Outbox();
    await this.#handleDeadlines(position.engine, horizon, outbox);
    const reached = Math.max(position.horizon, horizon);
    await this.#commit({ ...position, horizon: reached }, outbox, true);
    if (position.recordId > 0) this.#deps.log.info({ records: position.recordId }, "projections computed anew");
    return true;
  }

  async #apply({ engine, rebuild }: Position, record: LogRecord, outbox: Outbox): Promise<void> {
    try {
      if (rebuild && record.id <= rebuild.from) return engine.applyKept(record, outbox);
      await this.#handleDeadlines(engine, engine.quietUntil(record), outbox);
      engine.apply(record, outbox);
    } catch (error) {
      // It stays in the evidence; those behind it must not wait for it.
      this.#counters.skipped++;
      this.#deps.log.error({ err: error, record: record.id, kind: record.kind }, "a record could not be applied");
    }
    await this.#breathe();
  }

  async #handleDeadlines(engine: Engine, until: number, outbox: Outbox): Promise<void> {
    while (engine.handleDeadlines(until, outbox, DEADLINES_AT_ONCE)) await this.#breathe();
  }

  async #breathe(): Promise<void> {
    const now = this.#deps.clock.monotonic();
    if (now - this.#breathedAt < BREATH_MS) return;
    await setImmediate();
    this.#breathedAt = this.#deps.clock.monotonic();
  }

  async #commit(reached: Position, outbox: Outbox, endsRebuild = false): Promise<void> {
    const { store, onStale } = this.#deps;
    const isTold = reached.rebuild === undefined;
    const changes = await store.write(
      async (tx) => {
        const told = await flush(tx, reached.engine.world, outbox, isTold);
        const cursor = { name: PROJECTIONS, record_id: reached.recordId, horizon: reached.horizon };
        await tx
          .insertInto("cursor")
          .values(cursor)
          .onConflict((conflict) => conflict.column("name").doUpdateSet(cursor))
          .execute();
        if (endsRebuild) await tx.deleteFrom("projection_state").where("name", "=", REBUILD_STATE).execute();
        return told;
      },
      { lane: "background" },
    );
    this.#position = endsRebuild ? { ...reached, rebuild: undefined } : reached;
    this.#counters.batches++;
    this.#tell(changes);
    if (isTold) for (const source of outbox.stale) onStale?.(source);
  }

  #opened(): Position {
    if (!this.#position) throw new Error("the projections are not open");
    return this.#position;
  }
}
