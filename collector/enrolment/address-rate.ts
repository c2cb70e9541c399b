/** Requests without a token, per network address: enough for a hall behind one router, too few to wear the centre out. */
import type { Clock } from "../../protocol/time.ts";
import { TokenBucket } from "../broker/embedded/token-bucket.ts";

export const REQUESTS_BURST_MAX = 200;
export const REQUESTS_PER_SECOND = 20;
/** The oldest is forgotten when there are more. */
const ADDRESSES_MAX = 10_000;

export class AddressRate {
  readonly #clock: Clock;
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** False when the address must wait. */
  take(address: string): boolean {
    const bucket = this.#buckets.get(address) ?? new TokenBucket(REQUESTS_BURST_MAX, REQUESTS_PER_SECOND, this.#clock);
    // Set anew each time: the map's order is that of the last use.
    this.#buckets.delete(address);
    this.#buckets.set(address, bucket);
    if (this.#buckets.size > ADDRESSES_MAX) this.#buckets.delete(this.#buckets.keys().next().value as string);
    return bucket.take();
  }
}
