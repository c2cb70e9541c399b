/** People who are punching come first: bulk reading and unmarking wait for a lull. */
import type { Clock } from "../../../protocol/time.ts";
import type { Naps } from "./naps.ts";

export const LULL_MS = 2_000;
/** At a door where somebody punches every second the log must still get read. */
export const WAIT_MS_MAX = 30_000;
const LOOK_AGAIN_MS = LULL_MS / 4;

export class Quiet {
  /** Of the last live push, ms since 1970. */
  lastPunchAt: number | undefined;
  readonly #clock: Clock;
  readonly #naps: Naps;

  constructor(clock: Clock, naps: Naps) {
    this.#clock = clock;
    this.#naps = naps;
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
    while (!this.isLull && !this.#naps.areOver && this.#clock.monotonic() - startedAt < WAIT_MS_MAX) {
      await this.#naps.sleep(LOOK_AGAIN_MS);
    }
  }
}
