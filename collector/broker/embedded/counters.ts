import type { Channel } from "../../../protocol/messages/topics.ts";

/** Names of the counters of messages; put together for each message they would cost more than the counting. */
export const RECEIVED_COUNTERS = counterNames("received");
export const SENT_COUNTERS = counterNames("sent");

/** Counters by name; those that were never touched are zero. */
export class Counters {
  readonly #values = new Map<string, number>();

  add(name: string, by = 1): void {
    this.#values.set(name, (this.#values.get(name) ?? 0) + by);
  }

  get(name: string): number {
    return this.#values.get(name) ?? 0;
  }

  all(): Record<string, number> {
    return Object.fromEntries(this.#values);
  }
}

function counterNames(verb: string): Record<Channel, string> {
  return {
    up: `${verb}_up`,
    hello: `${verb}_hello`,
    status: `${verb}_status`,
    ack: `${verb}_ack`,
    down: `${verb}_down`,
  };
}
