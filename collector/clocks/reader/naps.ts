/** Short waits of a reader, all of which end when the reader is stopped. */
import type { Clock } from "../../../protocol/time.ts";

export class Naps {
  readonly #clock: Clock;
  readonly #sleepers = new Set<() => void>();
  #ended = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after `ms`, or at once when all naps are over. */
  async sleep(ms: number): Promise<void> {
    if (this.#ended) return;
    await new Promise<void>((resolve) => {
      const wake = () => {
        cancel();
        this.#sleepers.delete(wake);
        resolve();
      };
      const cancel = this.#clock.after(ms, wake);
      this.#sleepers.add(wake);
    });
  }

  /** For good. */
  end(): void {
    this.#ended = true;
    for (const wake of [...this.#sleepers]) wake();
  }

  get areOver(): boolean {
    return this.#ended;
  }
}
