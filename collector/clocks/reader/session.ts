/** One connection to a clock, from identification to the loss of its line: a poll, a pause, a poll. */
import { AppError, isAppError } from "../../../protocol/errors.ts";
import { formatInstant } from "../../../protocol/time.ts";
import type { ClockCapacity, ClockCounts } from "../drivers/driver.ts";
import type { AlarmClock } from "./alarm-clock.ts";
import type { Errands } from "./errands.ts";
import { fullAt } from "./forecast.ts";
import type { Count, LogBook } from "./log-book.ts";
import type { Naps } from "./naps.ts";
import type { ReaderDeps, ReaderOptions } from "./options.ts";
import type { Quiet } from "./quiet.ts";
import type { Recorder } from "./recorder.ts";
import { TimeKeeper } from "./time-keeper.ts";

/** Polls in a row that went without any answer: the line is there, the clock is not. */
const SILENT_POLLS_MAX = 2;
/** A push may be on the line while the clock counts it already. */
const PUSH_UNDERWAY_MS = 500;
const PUSH_UNDERWAY_TRIES = 3;
const REPORT_MS = 60 * 60 * 1000;
/** A log this full, or full this soon, is told at once. */
const FULL_SHARE = 0.9;
const FULL_SOON_MS = 7 * 24 * 60 * 60 * 1000;

export interface SessionDeps extends ReaderDeps {
  book: LogBook;
  recorder: Recorder;
  quiet: Quiet;
  naps: Naps;
  alarm: AlarmClock;
  errands: Errands;
  isStopped(): boolean;
  /** The code of what just failed, or undefined when all is well. */
  trouble(code: string | undefined): void;
}

export class Session {
  readonly #options: ReaderOptions;
  readonly #deps: SessionDeps;
  readonly #time: TimeKeeper;
  /** What is to be done once in each connection, and is not done yet. */
  readonly #beginning = new Set([() => this.#size(), () => this.#greet(), () => this.#choosePushing()]);
  #silentPolls = 0;
  #reportedAt: number | undefined;
  #toldFull = false;
  #choresAt: number | undefined;
  #pauseMs: number;
  counts: ClockCounts | undefined;
  capacity: ClockCapacity | undefined;

  constructor(options: ReaderOptions, deps: SessionDeps) {
    this.#options = options;
    this.#deps = deps;
    this.#time = new TimeKeeper(options, deps);
    this.#pauseMs = options.pollMs;
  }

  /** Runs until it is stopped; rejects when the line or the clock is lost. */
  async run(): Promise<void> {
    while (!this.#deps.isStopped()) {
      await this.#begin();
      await this.#poll();
      await this.#runErrands();
      await this.#deps.alarm.sleep(this.#pauseMs);
    }
  }

  /** A refusal is an answer; what got none is tried again before the next poll. */
  async #begin(): Promise<void> {
    for (const step of this.#beginning) {
      const failure = await this.#attempt(step);
      if (failure === undefined || failure === "clock-refused") this.#beginning.delete(step);
    }
  }

  async #size(): Promise<void> {
    this.capacity = await this.#deps.driver.capacity();
  }

  async #greet(): Promise<void> {
    const { driver, recorder } = this.#deps;
    const { firmware, model } = recorder.identity;
    this.counts = await driver.counts();
    await recorder.event({
      event: "online",
      counts: this.counts,
      ...(this.capacity ? { capacity: this.capacity } : {}),
      ...(firmware ? { firmware } : {}),
      ...(model ? { model } : {}),
    });
  }

  async #choosePushing(): Promise<void> {
    const { driver, recorder, log } = this.#deps;
    const live = await driver.setLivePush(this.#options.live);
    if (live !== this.#options.live)
      log.warn({ clock: recorder.clock, live }, "the clock keeps its own way of pushing");
  }

  async #poll(): Promise<void> {
    const { pollMs, busyPollMs = pollMs } = this.#options;
    const hasChores = this.#takeChores();
    // Halfway back to the leisurely pace, unless this poll brings punches.
    this.#pauseMs = Math.min(pollMs, Math.max(busyPollMs, this.#pauseMs * 2));
    // What is in the log was punched before the clock is set, and is recorded with the error that it had then.
    const failures = [
      hasChores ? await this.#attempt(() => this.#time.measure()) : undefined,
      await this.#attempt(() => this.#readLog()),
      hasChores ? await this.#attempt(() => this.#time.correct()) : undefined,
      hasChores ? await this.#attempt(() => this.#unmark()) : undefined,
    ];
    if (failures.every((failure) => failure === undefined)) this.#deps.trouble(undefined);
    await this.#report();
  }

  /** Right after a poll: the log has been read, if it could be. */
  async #runErrands(): Promise<void> {
    const { errands, driver, recorder } = this.#deps;
    await errands.run({ clock: recorder.clock, users: driver.users, readLog: () => this.#readLog() });
  }

  /** Whether it is time to look at the clock's time and marks again. */
  #takeChores(): boolean {
    const now = this.#deps.clock.monotonic();
    const { choresMs = 0 } = this.#options;
    if (this.#choresAt !== undefined && now - this.#choresAt < choresMs) return false;
    this.#choresAt = now;
    return true;
  }

  /** The code with which it failed in a way that leaves the line in order; undefined when it is done. */
  async #attempt(step: () => Promise<void>): Promise<string | undefined> {
    try {
      await step();
      this.#silentPolls = 0;
      return undefined;
    } catch (error) {
      if (!isAppError(error) || error.code === "line-lost" || this.#deps.isStopped()) throw error;
      if (error.code === "clock-silent" && ++this.#silentPolls > SILENT_POLLS_MAX) throw error;
      this.#deps.log.warn({ clock: this.#deps.recorder.clock, code: error.code, reason: error.message }, "poll failed");
      this.#deps.trouble(error.code);
      return error.code;
    }
  }

  async #readLog(): Promise<void> {
    const { book, recorder } = this.#deps;
    const before = await this.#countsWithPushes();
    try {
      const result = await book.sync(before);
      if (result.did !== "read") return;
      this.counts = result.counts;
      if (result.news > 0) this.#pauseMs = this.#options.busyPollMs ?? this.#options.pollMs;
      if (result.anchorLost) await recorder.gap();
      // Where punches are polled, each poll reads some: not worth a record.
      const worthTelling = result.whole || (result.news > 0 && this.#options.live);
      if (worthTelling) await recorder.event({ event: "log-read", counts: result.counts });
    } catch (error) {
      // Never told as a success: what came is kept, and all of it is read again at the next poll.
      if (isAppError(error, "log-incomplete"))
        await recorder.event({ event: "state", reason: error.message, counts: before.counts });
      throw error;
    }
  }

  async #countsWithPushes(): Promise<Count> {
    const { book, quiet, naps } = this.#deps;
    let count = await book.count();
    for (let tries = 0; tries < PUSH_UNDERWAY_TRIES && !quiet.isLull && !book.isReconciled(count); tries++) {
      await naps.sleep(PUSH_UNDERWAY_MS);
      count = await book.count();
    }
    this.counts = count.counts;
    return count;
  }

  /** Only what the centre has committed, exactly that number, and not while people are punching. */
  async #unmark(): Promise<void> {
    const { driver, book, quiet } = this.#deps;
    if (!quiet.isLull) return;
    const counts = await driver.counts();
    const count = book.unmarkable(counts);
    if (count > 0) await book.unmark(count, counts);
  }

  async #report(): Promise<void> {
    const { recorder, clock } = this.#deps;
    const { counts, capacity } = this;
    if (!counts || !capacity) return;
    const now = clock.now();
    const full = fullAt(
      this.#deps.book.watermark?.growth ?? [],
      { at: now, records: counts.records },
      capacity.records,
    );
    const soon = full !== undefined && full - now < FULL_SOON_MS;
    const isFull = soon || counts.records >= capacity.records * FULL_SHARE;
    const tellFull = isFull && !this.#toldFull;
    this.#toldFull = isFull;
    const due = this.#reportedAt === undefined || now - this.#reportedAt >= REPORT_MS;
    if (!due && !tellFull) return;
    this.#reportedAt = now;
    await recorder.event({
      event: tellFull ? "memory-low" : "state",
      counts,
      capacity,
      ...(full === undefined ? {} : { fullAt: formatInstant(full) }),
      ...(recorder.offsetMs === null ? {} : { offsetBeforeMs: recorder.offsetMs }),
    });
  }
}

/** Programmer's errors go up; a lost clock is told by its code. */
export function lossReason(error: unknown): string {
  if (error instanceof AppError) return error.code;
  throw error;
}
