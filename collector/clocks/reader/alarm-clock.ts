/** A sleep that can be ended from outside; a wake-up that comes while nobody sleeps counts for the next sleep. */
import type { Clock } from "../../../protocol/time.ts";

export class AlarmClock {
  readonly #clock: Clock;
  #awake = false;
  #end: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async sleep(ms: number): Promise<void> {
    if (!this.#awake) {
      await new Promise<void>((resolve) => {
        const cancel = this.#clock.after(ms, resolve);
        this.#end = () => {
          cancel();
          resolve();
        };
      });
    }
    this.#awake = false;
    this.#end = undefined;
  }

  wake(): void {
    this.#awake = true;
    this.#end?.();
  }
}
