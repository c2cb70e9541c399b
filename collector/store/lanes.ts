/** The one writer's queue: one piece of work at a time, `front` before `background`, which is promised a share of the time. */
import assert from "node:assert/strict";
import { AppError } from "../../protocol/errors.ts";
import type { Lane } from "./port.ts";

/** Pieces of work that may wait in one lane. */
export const LANE_WAITING_MAX = 10_000;
/** Time that `background` may save up while it has nothing to do, and overdraw with one long piece of work. */
export const CREDIT_MS_MAX = 1_000;

interface Work {
  run(): Promise<void>;
  fail(error: Error): void;
}

export interface LanesDeps {
  monotonic: () => number;
  /** The part of the writer's time that `background` gets although `front` has work waiting: 0 to 0.9. */
  backgroundShare: number;
}

export class Lanes {
  readonly #deps: LanesDeps;
  readonly #waiting: Record<Lane, Work[]> = { front: [], background: [] };
  /** Time that `background` has coming to it: grows with the time of `front`, shrinks with its own. */
  #creditMs = 0;
  #running = false;
  #closed = false;
  #idle: (() => void) | undefined;

  constructor(deps: LanesDeps) {
    assert(deps.backgroundShare >= 0 && deps.backgroundShare <= 0.9);
    this.#deps = deps;
  }

  get waiting(): { front: number; background: number } {
    return { front: this.#waiting.front.length, background: this.#waiting.background.length };
  }

  /** Resolves or rejects as `work` does. Rejects with AppError `writer-busy` or `store-closed` without having begun. */
  run<T>(lane: Lane, work: () => Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new AppError("store-closed", "the database is closed"));
    if (this.#waiting[lane].length >= LANE_WAITING_MAX) {
      return Promise.reject(
        new AppError("writer-busy", `more than ${LANE_WAITING_MAX} writes wait in the lane ${lane}`),
      );
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting[lane].push({ run: () => work().then(resolve, reject), fail: reject });
      if (!this.#running) void this.#drain();
    });
  }

  /** Lets the work that runs finish, fails what waits, refuses what comes. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const work of [...this.#waiting.front.splice(0), ...this.#waiting.background.splice(0)]) {
      work.fail(new AppError("store-closed", "the database was closed before this write"));
    }
    if (this.#running) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  async #drain(): Promise<void> {
    this.#running = true;
    for (let lane = this.#next(); lane; lane = this.#next()) {
      const began = this.#deps.monotonic();
      await this.#waiting[lane].shift()?.run();
      this.#account(lane, this.#deps.monotonic() - began);
    }
    this.#running = false;
    this.#idle?.();
  }

  #next(): Lane | undefined {
    const { front, background } = this.#waiting;
    if (front.length === 0) return background.length > 0 ? "background" : undefined;
    return background.length > 0 && this.#creditMs > 0 ? "background" : "front";
  }

  #account(lane: Lane, tookMs: number): void {
    const { backgroundShare } = this.#deps;
    const earned = lane === "front" ? (tookMs * backgroundShare) / (1 - backgroundShare) : -tookMs;
    this.#creditMs = Math.max(-CREDIT_MS_MAX, Math.min(CREDIT_MS_MAX, this.#creditMs + earned));
  }
}
