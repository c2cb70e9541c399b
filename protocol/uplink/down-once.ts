/** Lets each command through once and not after it expired, and settings only when they are newer. */
import type { Down } from "../messages/envelope.ts";
import type { Clock } from "../time.ts";

/** Ids remembered; QoS 1 repeats come soon after the first or never. */
const IDS_MAX = 256;

export class DownOnce {
  readonly #clock: Clock;
  readonly #ids = new Set<string>();
  #revision = -1;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  isNew(message: Down): boolean {
    if (message.type === "settings") {
      if (message.revision <= this.#revision) return false;
      this.#revision = message.revision;
      return true;
    }
    if (Date.parse(message.expiresAt) <= this.#clock.now() || this.#ids.has(message.id)) return false;
    this.#ids.add(message.id);
    if (this.#ids.size > IDS_MAX) this.#ids.delete(this.#ids.values().next().value as string);
    return true;
  }
}
