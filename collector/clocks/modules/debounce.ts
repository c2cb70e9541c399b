/** One finger held down, or lifted and laid on again at once, is one punch. */

/** Looks without a finger in a row that make a lift; a single one may be a finger that moved. */
export const LIFT_LOOKS = 2;
/** The same person again within this is the same punch. */
export const REPEAT_MS_MIN = 5_000;

/** `again`: the same person lifted the finger and laid it on once more, too soon for a punch. */
export type Sight = "new" | "held" | "again";

export class Debounce {
  #last: { user: string; seenAt: number; isLifted: boolean } | undefined;
  #emptyLooks = 0;

  /** Only what is `new` is a punch. `now` is monotonic ms. */
  see(user: string, now: number): Sight {
    this.#emptyLooks = 0;
    const last = this.#last;
    const isSame = last?.user === user && (!last.isLifted || now - last.seenAt < REPEAT_MS_MIN);
    const sight = isSame ? (last.isLifted ? "again" : "held") : "new";
    this.#last = { user, seenAt: now, isLifted: false };
    return sight;
  }

  noFinger(): void {
    this.#emptyLooks += 1;
    if (this.#last && this.#emptyLooks >= LIFT_LOOKS) this.#last.isLifted = true;
  }

  /** The punch was not kept: the person may try again. */
  forget(): void {
    this.#last = undefined;
  }
}
