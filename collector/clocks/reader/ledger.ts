/** Tells punches apart that look alike, and recognises those already journalled, live or from the log. */
import type { DevicePunch } from "../drivers/driver.ts";

/** Identities remembered; what is older and comes again is a duplicate that the centre recognises. */
export const IDENTITIES_MAX = 20_000;
/** Different punches counted within one read of the log; alike ones lie close together. */
export const COUNTED_MAX = 20_000;

type Likeness = string;

/** A punch is identified by clock, user, device time, type and ordinal (contract, section Delivery, 9); one ledger per clock. */
export class PunchLedger {
  #known = new BoundedMap<Likeness, true>(IDENTITIES_MAX);
  #counted = new BoundedMap<Likeness, number>(COUNTED_MAX);

  /** Whether this push is a new punch. A device may push one several times: how many there were, only its log can tell. */
  isNewLive(punch: DevicePunch): boolean {
    return !this.#known.has(identity(punch, 0));
  }

  /** Begins a read of the log at some place; `before` are the records just before it. */
  startLog(before: readonly DevicePunch[]): void {
    this.#counted = new BoundedMap(COUNTED_MAX);
    for (const punch of before) this.ordinalInLog(punch);
  }

  /** The number of this record among those alike, in the order of the log. To be called for each record read. */
  ordinalInLog(punch: DevicePunch): number {
    const like = likeness(punch);
    const ordinal = this.#counted.get(like) ?? 0;
    this.#counted.set(like, ordinal + 1);
    return ordinal;
  }

  has(punch: DevicePunch, ordinal: number): boolean {
    return this.#known.has(identity(punch, ordinal));
  }

  add(punch: DevicePunch, ordinal: number): void {
    this.#known.set(identity(punch, ordinal), true);
  }

  remove(punch: DevicePunch, ordinal: number): void {
    this.#known.delete(identity(punch, ordinal));
  }

  /** The centre has lost what it had: everything is to be told again. */
  forget(): void {
    this.#known = new BoundedMap(IDENTITIES_MAX);
  }
}

function likeness({ user, deviceTime, type }: DevicePunch): Likeness {
  return `${user} ${deviceTime} ${type}`;
}

function identity(punch: DevicePunch, ordinal: number): string {
  return `${likeness(punch)} ${ordinal}`;
}

/** Drops what was set first. */
class BoundedMap<Key, Value> {
  readonly #entries = new Map<Key, Value>();
  readonly #sizeMax: number;

  constructor(sizeMax: number) {
    this.#sizeMax = sizeMax;
  }

  get(key: Key): Value | undefined {
    return this.#entries.get(key);
  }

  has(key: Key): boolean {
    return this.#entries.has(key);
  }

  delete(key: Key): void {
    this.#entries.delete(key);
  }

  set(key: Key, value: Value): void {
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#sizeMax) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
