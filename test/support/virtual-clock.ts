/** Virtual time for tests: `advance` runs due callbacks in order, letting promises settle in between. */
import type { Clock } from "../../protocol/time.ts";

interface Timer {
  at: number;
  order: number;
  callback: () => void;
}

export class VirtualClock implements Clock {
  #now: number;
  readonly #start: number;
  #order = 0;
  #timers: Timer[] = [];

  constructor(start = Date.parse("2026-11-23T00:00:00.000Z")) {
    this.#now = start;
    this.#start = start;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#start;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { at: this.#now + Math.max(0, ms), order: this.#order++, callback };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get pendingTimers(): number {
    return this.#timers.length;
  }

  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.#now = next.at;
      next.callback();
      await settle();
    }
    this.#now = until;
  }

  #next(until: number): Timer | undefined {
    const due = this.#timers.filter((timer) => timer.at <= until);
    const [first] = due.sort((a, b) => a.at - b.at || a.order - b.order);
    this.#timers = this.#timers.filter((timer) => timer !== first);
    return first;
  }
}

/** Lets promise chains (and setImmediate callbacks) run to their end. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Lets virtual time pass until the promise is settled. */
export async function within<T>(clock: VirtualClock, ms: number, promise: Promise<T>): Promise<T> {
  const outcome = promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  await clock.advance(ms);
  const result = await Promise.race([outcome, Promise.resolve("still waiting" as const)]);
  if (result === "still waiting") throw new Error(`not settled within ${ms} ms`);
  if ("error" in result) throw result.error;
  return result.value;
}
