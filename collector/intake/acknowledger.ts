/** Acknowledgements: cumulative, coalesced, one on its way per source at a time. */
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import type { Broker } from "../broker/port.ts";
import { ACK_WAIT_MS } from "./settings.ts";
import type { KnownSource, Mark } from "./source-book.ts";

interface Outgoing {
  since: number;
  /** Marks to be told next; seldom any. */
  due: Set<Mark> | undefined;
}

export interface AcknowledgerDeps {
  broker: Broker;
  clock: Clock;
  log: Log;
  incarnation: string;
}

export class Acknowledger {
  readonly #deps: AcknowledgerDeps;
  readonly #outgoing = new Map<KnownSource, Outgoing>();
  readonly #counters = { acksSent: 0, acksCoalesced: 0, acksFailed: 0 };

  constructor(deps: AcknowledgerDeps) {
    this.#deps = deps;
  }

  /** Tells the source the committed mark as it is when the message leaves; what is due meanwhile becomes one message. */
  acknowledge(mark: Mark): void {
    const { source } = mark;
    const outgoing = this.#outgoing.get(source);
    const now = this.#deps.clock.monotonic();
    if (outgoing && now - outgoing.since < ACK_WAIT_MS) {
      if (outgoing.due?.has(mark)) this.#counters.acksCoalesced++;
      outgoing.due = (outgoing.due ?? new Set()).add(mark);
      return;
    }
    const fresh = { since: now, due: outgoing?.due };
    this.#outgoing.set(source, fresh);
    void this.#send(mark, fresh);
  }

  stats(): Record<string, number> {
    return { ...this.#counters, acksOutgoing: this.#outgoing.size };
  }

  async #send(first: Mark, outgoing: Outgoing): Promise<void> {
    const { source } = first;
    for (let mark: Mark | undefined = first; mark; [mark] = outgoing.due ?? []) {
      outgoing.due?.delete(mark);
      outgoing.since = this.#deps.clock.monotonic();
      await this.#publish(mark);
      if (this.#outgoing.get(source) !== outgoing) return;
    }
    this.#outgoing.delete(source);
  }

  async #publish({ source, epoch, committed, rewoundTo }: Mark): Promise<void> {
    const { broker, incarnation, log } = this.#deps;
    const db = rewoundTo === undefined ? incarnation : `${incarnation}-${rewoundTo}`;
    try {
      await broker.publish(source.ackTopic, `{"v":1,"db":"${db}","epoch":"${epoch}","through":${committed}}`);
      this.#counters.acksSent++;
    } catch (error) {
      // Not repeated: the next commit, or the source's next hello, brings a newer one.
      this.#counters.acksFailed++;
      log.debug({ err: error, source: source.name }, "acknowledgement not sent");
    }
  }
}
