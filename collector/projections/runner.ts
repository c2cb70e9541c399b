/**
 * Keeps the projections up with the log: wakes on each commit, applies bounded batches, writes each in one transaction in
 * the background lane, and handles deadlines when their moment has safely passed.
 */
import { isAppError } from "../../protocol/errors.ts";
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import type { Calendar } from "../calendar/calendar.ts";
import type { Rule } from "../compliance/rule.ts";
import { RULES } from "../compliance/rules.ts";
import type { ComplianceSettings } from "../compliance/settings.ts";
import type { Store } from "../store/port.ts";
import type { NumberedChange } from "./flush.ts";
import { Progress } from "./progress.ts";

/** Waits after a failure: doubled each time. */
export const RETRY_MS_MIN = 1_000;
export const RETRY_MS_MAX = 60_000;
/** A timer never sleeps longer: the computer's clock may be set meanwhile. */
const SLEEP_MS_MAX = 60_000;
/** How long `applied` waits at most. */
export const APPLIED_WAIT_MS_MAX = 2_000;
export const APPLIED_WAITERS_MAX = 10_000;

export interface ProjectorDeps {
  store: Store;
  clock: Clock;
  log: Log;
  settings: ComplianceSettings;
  calendar: Calendar;
  /** Default: the rules of the house. */
  rules?: readonly Rule[];
  /** Called with the name of a source whose posture names a content that the centre does not have: it may be asked for the whole. */
  onStale?: (source: string) => void;
}

export interface RebuildOptions {
  /** Called after each batch with the ids of the last record applied and of the last to apply. */
  onProgress?: (done: number, total: number) => void;
}

export type { NumberedChange };

export interface Projector {
  /** Catches up, then stays up to date until `stop`. Begin after the intake has appended `centre.started`. Rejects as `Store` does. */
  start(): Promise<void>;
  /** Applies what is in the log now and every deadline that has passed. */
  catchUp(): Promise<void>;
  /** Computes all rows anew from the log, to where they stood; tells nobody. Safe to be interrupted. */
  rebuild(options?: RebuildOptions): Promise<void>;
  /** Calls back after each commit with the changes, numbered as in the table `change`; returns the cancelling function. */
  onChange(listener: (changes: readonly NumberedChange[]) => void): () => void;
  /** Resolves once the record is applied, or after two seconds: for readers that want to find their own decision. */
  applied(recordId: number): Promise<void>;
  /** Counters and gauges for /metrics, by name. */
  stats(): Record<string, number>;
  /** Finishes the batch at hand. */
  stop(): Promise<void>;
}

export function createProjector(deps: ProjectorDeps): Projector {
  return new RunningProjector({ ...deps, rules: deps.rules ?? RULES });
}

interface Waiter {
  recordId: number;
  done: () => void;
}

class RunningProjector implements Projector {
  readonly #deps: ProjectorDeps;
  readonly #progress: Progress;
  readonly #listeners = new Set<(changes: readonly NumberedChange[]) => void>();
  readonly #waiters = new Set<Waiter>();
  #work: Promise<unknown> = Promise.resolve();
  #isWoken = false;
  #isLive = false;
  #isStopped = false;
  #retryMs = RETRY_MS_MIN;
  #cancelTimer = () => {};
  #unsubscribe = () => {};
  #failures = 0;

  constructor(deps: ProjectorDeps & { rules: readonly Rule[] }) {
    this.#deps = deps;
    this.#progress = new Progress(deps, (changes) => this.#tell(changes));
  }

  async start(): Promise<void> {
    await this.catchUp();
    this.#isLive = true;
    this.#unsubscribe = this.#deps.store.onCommitted(() => this.#wake());
    // What was committed in between called nobody.
    this.#wake();
  }

  catchUp(): Promise<void> {
    return this.#exclusively(async () => await this.#run());
  }

  rebuild({ onProgress }: RebuildOptions = {}): Promise<void> {
    return this.#exclusively(async () => {
      await this.#progress.open();
      await this.#progress.beginRebuild();
      while (!this.#isStopped && (await this.#progress.step())) onProgress?.(this.#progress.cursor, this.#progress.aim);
    });
  }

  onChange(listener: (changes: readonly NumberedChange[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async applied(recordId: number): Promise<void> {
    if (this.#progress.cursor >= recordId || this.#waiters.size >= APPLIED_WAITERS_MAX || this.#isStopped) return;
    await new Promise<void>((resolve) => {
      const cancel = this.#deps.clock.after(APPLIED_WAIT_MS_MAX, () => waiter.done());
      const waiter: Waiter = {
        recordId,
        done: () => {
          cancel();
          this.#waiters.delete(waiter);
          resolve();
        },
      };
      this.#waiters.add(waiter);
    });
  }

  stats(): Record<string, number> {
    const failing = this.#retryMs > RETRY_MS_MIN ? 1 : 0;
    return { ...this.#progress.stats(), failures: this.#failures, failing, waiting: this.#waiters.size };
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#isLive = false;
    this.#unsubscribe();
    this.#cancelTimer();
    await this.#work;
    for (const { done } of [...this.#waiters]) done();
  }

  #wake(): void {
    if (this.#isWoken || !this.#isLive) return;
    this.#isWoken = true;
    this.#cancelTimer();
    void this.#exclusively(async () => {
      this.#isWoken = false;
      await this.#run();
    }).then(
      () => {
        this.#retryMs = RETRY_MS_MIN;
        this.#schedule();
      },
      (error: unknown) => this.#retry(error),
    );
  }

  async #run(): Promise<void> {
    await this.#progress.open();
    do while (!this.#isStopped && (await this.#progress.step()));
    while (!this.#isStopped && (await this.#progress.passTime()));
  }

  /** One piece of work at a time; after a failure the memory may be ahead of the tables and is put together anew. */
  #exclusively(work: () => Promise<void>): Promise<void> {
    const result = this.#work.then(work).catch((error: unknown) => {
      this.#progress.forget();
      throw error;
    });
    this.#work = result.catch(() => {});
    return result;
  }

  #retry(error: unknown): void {
    if (this.#isStopped || isAppError(error, "store-closed")) return;
    this.#failures++;
    this.#deps.log.error({ err: error, retryMs: this.#retryMs }, "projections failed; trying again");
    this.#sleep(this.#retryMs);
    this.#retryMs = Math.min(RETRY_MS_MAX, this.#retryMs * 2);
  }

  #schedule(): void {
    const { nextDeadline } = this.#progress;
    const now = this.#deps.clock.now();
    // One past the moment: only what lies before the store's stamp is certain.
    this.#sleep(nextDeadline === undefined ? SLEEP_MS_MAX : Math.max(1, nextDeadline + 1 - now));
  }

  #sleep(ms: number): void {
    if (!this.#isLive || this.#isWoken) return;
    this.#cancelTimer();
    this.#cancelTimer = this.#deps.clock.after(Math.min(ms, SLEEP_MS_MAX), () => this.#wake());
  }

  #tell(changes: readonly NumberedChange[]): void {
    if (changes.length > 0) for (const listener of this.#listeners) listener(changes);
    for (const waiter of [...this.#waiters]) if (waiter.recordId <= this.#progress.cursor) waiter.done();
  }
}
