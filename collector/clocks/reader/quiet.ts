/** People who are punching come first: bulk reading and unmarking wait for a lull. */
import type { Clock } from "../../../protocol/time.ts";

export const LULL_MS = 2_000;
/** At a door where somebody punches every second the log must still get read. */
export const WAIT_MS_MAX = 30_000;

export class Quiet {
  lastPunchAt: number | undefined;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  punched(): void {
    this.lastPunchAt = this.#clock.now();
  }

  get isLull(): boolean {
    return this.lastPunchAt === undefined || this.#clock.now() - this.lastPunchAt >= LULL_MS;
  }

  /** Resolves at the next lull, at the latest after WAIT_MS_MAX; at once when it is quiet. */
  async lull(): Promise<void> {
    const startedAt = this.#clock.monotonic();
    while (!this.isLull && this.#clock.monotonic() - startedAt < WAIT_MS_MAX) await sleep(this.#clock, LULL_MS / 4);
  }
}

export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
