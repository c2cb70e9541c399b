/** One MQTT connection of a source: what it reads, how fast it may send, and what is on its way to it. */
import type { Socket } from "node:net";
import type { Client } from "aedes";
import { writeToStream } from "mqtt-packet";
import { addressOf, type Channel, formatTopic } from "../../../protocol/messages/topics.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { ClientIdentity } from "./access.ts";
import type { BrokerLimits } from "./limits.ts";
import { TokenBucket } from "./token-bucket.ts";

export interface SessionDeps {
  limits: BrokerLimits;
  clock: Clock;
}

/** Lets PUBACK go, or cuts the client off. */
export type Answer = (error: Error | null) => void;

/** Messages that wait for one promise. */
interface Waiting {
  taking: Promise<void>;
  answers: Answer[];
}

export class Session {
  readonly client: Client;
  readonly identity: ClientIdentity;
  readonly address: string;
  readonly reads = new Set<Channel>();
  /** What it was refused so far, each of which is logged once. */
  readonly refusals = new Set<string>();
  readonly #clock: Clock;
  readonly #unsentBytesMax: number;
  readonly #messages: TokenBucket;
  readonly #bytes: TokenBucket;
  /** Resolves when the message that waits last may go on. */
  #turn: Promise<void> | undefined;
  /** Resolves when everything taken so far is answered. */
  #taken: Promise<void> = Promise.resolve();
  /** The messages that came last, until they are answered. */
  #newest: Waiting | undefined;
  #isWriting = false;
  #nextAck: string | undefined;
  /** By channel; made once, for each acknowledgement needs one. */
  readonly #topics: Partial<Record<Channel, string>> = {};

  constructor(client: Client, identity: ClientIdentity, address: string, { limits, clock }: SessionDeps) {
    this.client = client;
    this.identity = identity;
    this.address = address;
    this.#clock = clock;
    this.#unsentBytesMax = limits.unsentBytesMax;
    this.#messages = new TokenBucket(limits.publishBurstMax, limits.publishesPerSecond, clock);
    this.#bytes = new TokenBucket(limits.payloadBurstBytesMax, limits.payloadBytesPerSecond, clock);
  }

  /**
   * Undefined: the message may go on at once. Otherwise what it must wait for; messages go on in the order they came. aedes reads
   * no further meanwhile, so that what waits is bounded by one read of the socket.
   */
  throttle(bytes: number): Promise<void> | undefined {
    const waitMs = Math.max(this.#messages.spend(1), this.#bytes.spend(bytes));
    if (waitMs === 0 && !this.#turn) return undefined;
    const due = this.#clock.monotonic() + waitMs;
    const turn = (this.#turn ?? Promise.resolve()).then(() => this.#waitUntil(due));
    this.#turn = turn;
    void turn.then(() => {
      if (this.#turn === turn) this.#turn = undefined;
    });
    return turn;
  }

  #waitUntil(due: number): Promise<void> {
    const waitMs = due - this.#clock.monotonic();
    return waitMs <= 0 ? Promise.resolve() : new Promise((resolve) => this.#clock.after(waitMs, resolve));
  }

  /**
   * Answers when this message and all before it are taken: PUBACKs leave in the order of their PUBLISHes [MQTT-4.6.0-2]. Messages of
   * one commit wait for one promise; of them only the answers are kept here, for ten thousand may wait, and a promise for each would too.
   * `refusal` makes the answer of an error.
   */
  answerInOrder(taking: Promise<void>, answer: Answer, refusal: (error: Error) => Error): void {
    if (taking === this.#newest?.taking) {
      this.#newest.answers.push(answer);
      return;
    }
    const waiting: Waiting = { taking, answers: [answer] };
    const all = this.#newest ? Promise.all([this.#taken, taking]) : taking;
    this.#newest = waiting;
    this.#taken = all.then(
      () => this.#answer(waiting, null),
      (error: Error) => this.#answer(waiting, refusal(error)),
    );
  }

  #answer(waiting: Waiting, error: Error | null): void {
    if (this.#newest === waiting) this.#newest = undefined;
    for (const answer of waiting.answers) answer(error);
  }

  /** The client has so much unread that nothing more may be queued for it. */
  get isClogged(): boolean {
    return (this.client.conn as Socket).writableLength > this.#unsentBytesMax;
  }

  /** Undefined: nothing is to be waited for. Acknowledgements are cumulative, and only the newest of those that wait is kept. */
  send(channel: Channel, payload: string): Promise<void> | undefined {
    if (channel !== "ack") return new Promise((resolve) => this.#publish(channel, payload, 1, () => resolve()));
    if (this.#isWriting) this.#nextAck = payload;
    else this.#sendAck(payload);
    return undefined;
  }

  /**
   * Past aedes, which would do it in a later turn of the event loop: in this one it leaves in one write with the PUBACKs of its commit. A
   * client that is behind with reading gets it from aedes, which cuts off those that stay behind.
   */
  #sendAck(payload: string): void {
    const { conn } = this.client;
    if (conn.writableNeedDrain) this.#sendAckWhenDrained(payload);
    else if (conn.writable) writeToStream(this.#packet("ack", payload, 0), conn);
  }

  #sendAckWhenDrained(payload: string): void {
    this.#isWriting = true;
    this.#publish("ack", payload, 0, () => {
      this.#isWriting = false;
      const next = this.#nextAck;
      this.#nextAck = undefined;
      if (next !== undefined) this.#sendAck(next);
    });
  }

  #publish(channel: Channel, payload: string, qos: 0 | 1, done: () => void): void {
    this.client.publish(this.#packet(channel, payload, qos), done);
  }

  #packet(channel: Channel, payload: string, qos: 0 | 1) {
    const topic = this.#topics[channel] ?? formatTopic(addressOf(this.identity.site, this.identity.source), channel);
    this.#topics[channel] = topic;
    return { cmd: "publish", topic, payload: Buffer.from(payload), qos, retain: false, dup: false } as const;
  }
}
