/**
 * The book kept of one clock's log: watermark, live pushes since, and the ledger of punches. It outlives connections, and is
 * where live and log are reconciled.
 */
import { AppError, isAppError } from "../../../protocol/errors.ts";
import type { Log } from "../../../protocol/log.ts";
import type { ClockCounts, ClockDriver } from "../drivers/driver.ts";
import { addSample } from "./forecast.ts";
import { PunchLedger } from "./ledger.ts";
import type { LogItem } from "./log-placement.ts";
import { type LogReadResult, type ReadPlan, readLog } from "./log-reader.ts";
import { planRead, unmarkedOf } from "./plan.ts";
import type { RecordSink } from "./sink.ts";
import { extendTail, START_OF_LOG, type Watermark, type WatermarkStore } from "./watermark.ts";

/** Pushes remembered until they are reconciled with the log; with more, the log is read. */
export const LIVE_PUSHES_MAX = 5_000;

export interface LogBookDeps {
  clock: string;
  driver: ClockDriver;
  sink: RecordSink;
  store: WatermarkStore;
  log: Log;
  now(): number;
  /** Awaited before each further page. */
  pause(): Promise<void>;
  /** Resolves when the news is in the journal. */
  keep(news: LogItem): Promise<void>;
}

/** What a clock counts, and the pushes that were here before it was asked: those it has certainly counted. */
export interface Count {
  counts: ClockCounts;
  pushed: readonly string[];
}

export type SyncResult =
  | { did: "nothing" | "advanced" }
  | { did: "read"; whole: boolean; counts: ClockCounts; news: number; anchorLost: boolean };

type Mark = Pick<Watermark, "position" | "sequence">;

export class LogBook {
  readonly ledger = new PunchLedger();
  readonly #deps: LogBookDeps;
  #watermark: Watermark | undefined;
  /**
   * Raw records pushed and given to the journal since the watermark. One too few means that the log is read once more; one too
   * many could hide a record that was never pushed.
   */
  #live = new Set<string>();
  #startingOver = false;
  /** An earlier watermark that the centre has committed, while the present one is not. */
  #committed: Mark = { position: 0, sequence: 0 };
  readonly #appending = new Set<Promise<unknown>>();

  constructor(watermark: Watermark | undefined, deps: LogBookDeps) {
    // A journal that is younger than the watermark was lost, and what it had not delivered with it.
    const journalIsOurs = watermark !== undefined && watermark.sequence <= deps.sink.newest();
    this.#watermark = journalIsOurs ? watermark : undefined;
    this.#deps = deps;
  }

  get watermark(): Readonly<Watermark> | undefined {
    return this.#watermark;
  }

  /** A push is on its way to the journal; one that does not get there is still in the clock's log. */
  addLive(raw: string, appended: Promise<number>): void {
    if (this.#live.size < LIVE_PUSHES_MAX) this.#live.add(raw);
    const settled = appended
      .then(
        () => {},
        () => {
          this.#live.delete(raw);
        },
      )
      .finally(() => {
        this.#appending.delete(settled);
      });
    this.#appending.add(settled);
  }

  /**
   * The centre lost records that the journal no longer has: the whole log is told again, from the next sync on; a sync
   * under way ends first. On disk it is noted at once.
   */
  async startOver(): Promise<void> {
    this.#startingOver = true;
    await this.#deps.store.save(this.#deps.clock, START_OF_LOG);
  }

  /**
   * Asks the clock for its counts. A push that comes together with the answer is of a punch that may not be counted yet: it would
   * stand in for one that is counted and was never pushed, which would then be lost for good.
   */
  async count(): Promise<Count> {
    const pushed = [...this.#live];
    return { counts: await this.#deps.driver.counts(), pushed };
  }

  /** Whether sync can do without reading: lets the caller wait for a push that is still on the line. */
  isReconciled(count: Count): boolean {
    return !this.#startingOver && this.#plan(count).do !== "read";
  }

  /**
   * Brings the journal level with the clock's log. Rejects with AppError `log-incomplete` when fewer or more records came
   * than the clock counts (those that came are in the journal, the watermark stays), and with the driver's codes.
   */
  async sync({ counts, pushed }: Count): Promise<SyncResult> {
    if (this.#startingOver) this.#forget();
    const plan = this.#plan({ counts, pushed });
    if (plan.do === "nothing") {
      await this.#note(counts);
      return { did: "nothing" };
    }
    if (plan.do === "advance") {
      await this.#advance(counts, pushed);
      return { did: "advanced" };
    }
    this.#deps.log.info({ clock: this.#deps.clock, reason: plan.reason, from: plan.from }, "reading the clock's log");
    return this.#readOrReadAll(plan, counts);
  }

  /** How many of the oldest marked records may be unmarked: journalled, and committed by the centre. */
  unmarkable(counts: ClockCounts): number {
    const watermark = this.#watermark;
    if (!watermark || watermark.marksMeanNothing) return 0;
    const through = this.#deps.sink.committed();
    const mark = [watermark, this.#committed].find(({ sequence }) => sequence <= through);
    return Math.max(0, (mark?.position ?? 0) - unmarkedOf(counts));
  }

  /** Unmarks exactly `count`, and finds out whether this clock's marks mean anything. */
  async unmark(count: number, before: ClockCounts): Promise<void> {
    await this.#change({ unmarked: unmarkedOf(before), unmarking: count });
    const done = await this.#deps.driver.unmark(count);
    if (done !== count)
      this.#deps.log.warn({ clock: this.#deps.clock, count, done }, "the clock unmarked another number");
    const after = await this.#deps.driver.counts();
    const { unmarking: _done, ...rest } = this.#watermark ?? START_OF_LOG;
    const marksMeanNothing = unmarkedOf(after) <= unmarkedOf(before);
    if (marksMeanNothing) this.#deps.log.warn({ clock: this.#deps.clock }, "this clock's new-marks mean nothing");
    await this.#save({ ...rest, unmarked: unmarkedOf(after), ...(marksMeanNothing ? { marksMeanNothing } : {}) });
  }

  #plan({ counts, pushed }: Count) {
    return planRead(this.#watermark, counts, pushed.filter((raw) => this.#live.has(raw)).length);
  }

  async #readOrReadAll(plan: ReadPlan, counts: ClockCounts): Promise<SyncResult> {
    try {
      return await this.#read(plan, counts);
    } catch (error) {
      const marksLie = isAppError(error, "log-mismatch") || isAppError(error, "marks-lie");
      if (!marksLie || plan.from === "oldest") throw error;
      if (isAppError(error, "marks-lie")) await this.#change({ marksMeanNothing: true });
      return this.#read({ ...plan, from: "oldest", expected: counts.records, base: 0 }, counts);
    }
  }

  async #read(plan: ReadPlan, before: ClockCounts): Promise<SyncResult> {
    const pushedBefore = [...this.#live];
    const seen = (raw: string) => this.#live.delete(raw);
    const { driver, pause, keep } = this.#deps;
    const read = await readLog(plan, this.#watermark, { driver, pause, keep, seen, ledger: this.ledger });
    const counts = await driver.counts();
    assertWhole(plan, read, before, counts);
    // Also those that the clock pushed and did not log: they are journalled, and will not be counted.
    for (const raw of pushedBefore) this.#live.delete(raw);
    await this.#readDone(read, counts);
    return { did: "read", whole: plan.from === "oldest", counts, news: read.news, anchorLost: read.anchorLost };
  }

  async #readDone({ position, tail }: LogReadResult, counts: ClockCounts): Promise<void> {
    await this.#journalled();
    await this.#change({ position, tail, unmarked: unmarkedOf(counts), sequence: this.#deps.sink.newest() }, counts);
  }

  async #advance(counts: ClockCounts, pushed: readonly string[]): Promise<void> {
    await this.#journalled();
    // One of them failed: the next sync reads the log.
    if (pushed.some((raw) => !this.#live.has(raw))) return;
    const { position, tail } = this.#watermark ?? START_OF_LOG;
    for (const raw of pushed) this.#live.delete(raw);
    await this.#change(
      {
        position: position + pushed.length,
        tail: extendTail(tail, pushed),
        unmarked: unmarkedOf(counts),
        sequence: this.#deps.sink.newest(),
      },
      counts,
    );
  }

  async #journalled(): Promise<void> {
    await Promise.all(this.#appending);
  }

  async #note(counts: ClockCounts): Promise<void> {
    const before = this.#watermark?.growth.length;
    if (growthWith(this.#watermark, counts, this.#deps.now()).length !== before) await this.#change({}, counts);
  }

  async #change(change: Partial<Watermark>, counts?: ClockCounts): Promise<void> {
    const current = this.#watermark ?? START_OF_LOG;
    const growth = counts ? growthWith(current, counts, this.#deps.now()) : current.growth;
    await this.#save({ ...current, ...change, growth });
  }

  async #save(watermark: Watermark): Promise<void> {
    const before = this.#watermark;
    if (before && before.sequence <= this.#deps.sink.committed()) this.#committed = before;
    this.#watermark = watermark;
    if (!this.#startingOver) await this.#deps.store.save(this.#deps.clock, watermark);
  }

  #forget(): void {
    this.#startingOver = false;
    this.ledger.forget();
    this.#live.clear();
    this.#watermark = undefined;
    this.#committed = { position: 0, sequence: 0 };
  }
}

function growthWith(watermark: Watermark | undefined, { records }: ClockCounts, at: number): Watermark["growth"] {
  return addSample(watermark?.growth ?? [], { at, records });
}

/** People punch while the log is read: its end must lie between the counts before and after. */
function assertWhole(plan: ReadPlan, { position }: LogReadResult, before: ClockCounts, after: ClockCounts): void {
  if (plan.from === "oldest-new" && position > after.records) {
    throw new AppError("marks-lie", "more records came as new than the clock calls new");
  }
  if (position < before.records || position > after.records) {
    throw new AppError("log-incomplete", `the log ended at ${position}, the clock counts ${before.records} records`);
  }
}
