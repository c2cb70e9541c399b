/**
 * Whose request goes next over a line that several clocks share: the clock that has had least of the line lately. A clock where people
 * are punching is charged half, one that answers nothing is charged for the silence that everybody waited through. Pure but for its state.
 */

/** What a clock had of the line counts half after this long. */
const HALF_LIFE_MS = 10_000;
/** People at a clock are expected to go on punching for so long. */
export const FAVOURED_MS = 30_000;
const FAVOURED_SHARE = 0.5;

interface Account {
  chargedMs: number;
  at: number;
  favouredUntil: number;
}

export class FairQueue<Item extends { device: number }> {
  #items: Item[] = [];
  #urgent: Item[] = [];
  readonly #accounts = new Map<number, Account>();

  get length(): number {
    return this.#items.length + this.#urgent.length;
  }

  /** `urgent`: before all others, whatever its clock has had. */
  add(item: Item, place: "urgent" | "in-turn"): void {
    if (place === "urgent") this.#urgent.push(item);
    else this.#items.push(item);
  }

  /** The oldest request of the clock that has had least. @param now monotonic ms */
  take(now: number): Item | undefined {
    const urgent = this.#urgent.shift();
    if (urgent) return urgent;
    let best: Item | undefined;
    for (const item of this.#items) {
      if (!best || this.#charged(item.device, now) < this.#charged(best.device, now)) best = item;
    }
    if (best) this.#items.splice(this.#items.indexOf(best), 1);
    return best;
  }

  /** The clock had the line for `ms`. */
  charge(device: number, ms: number, now: number): void {
    const account = this.#accountAt(device, now);
    account.chargedMs += now < account.favouredUntil ? ms * FAVOURED_SHARE : ms;
  }

  /** People are punching there. */
  favour(device: number, now: number): void {
    this.#accountAt(device, now).favouredUntil = now + FAVOURED_MS;
  }

  removeAll(): Item[] {
    const all = [...this.#urgent, ...this.#items];
    this.#urgent = [];
    this.#items = [];
    return all;
  }

  #charged(device: number, now: number): number {
    const account = this.#accounts.get(device);
    return account ? account.chargedMs * 0.5 ** ((now - account.at) / HALF_LIFE_MS) : 0;
  }

  #accountAt(device: number, now: number): Account {
    const chargedMs = this.#charged(device, now);
    const account = this.#accounts.get(device) ?? { chargedMs: 0, at: now, favouredUntil: Number.NEGATIVE_INFINITY };
    Object.assign(account, { chargedMs, at: now });
    this.#accounts.set(device, account);
    return account;
  }
}
