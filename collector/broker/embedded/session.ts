/** One MQTT connection of a source: what it reads, how fast it may send, and what is on its way to it. */
import type { Socket } from "node:net";
import type { Client } from "aedes";
import type { Channel } from "../../../protocol/messages/topics.ts";
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
  /** Resolves when everything taken so far may be acknowledged. */
  #taken: Promise<unknown> = Promise.resolve();
  /** What the newest answers wait for. */
  #waitingFor: Promise<void> | undefined;
  #answers: Answer[] = [];
  #isWriting = false;
  #next: { topic: string; payload: string } | undefined;

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
    if (taking === this.#waitingFor) {
      this.#answers.push(answer);
      return;
    }
    const answers = [answer];
    this.#waitingFor = taking;
    this.#answers = answers;
    const all = Promise.all([this.#taken, taking]);
    this.#taken = all.then(
      () => this.#answer(answers, null),
      (error: Error) => this.#answer(answers, refusal(error)),
    );
  }

  #answer(answers: Answer[], error: Error | null): void {
    if (this.#answers === answers) this.#waitingFor = undefined;
    for (const answer of answers) answer(error);
  }

  /** The client has so much unread that nothing more may be queued for it. */
  get isClogged(): boolean {
    return (this.client.conn as Socket).writableLength > this.#unsentBytesMax;
  }

  /** Acknowledgements are cumulative: while one is being written, only the newest of the others is kept. */
  sendAck(topic: string, payload: string): void {
    if (this.#isWriting) {
      this.#next = { topic, payload };
      return;
    }
    this.#isWriting = true;
    this.client.publish(packet(topic, payload, 0), () => {
      this.#isWriting = false;
      const next = this.#next;
      this.#next = undefined;
      if (next) this.sendAck(next.topic, next.payload);
    });
  }

  send(topic: string, payload: string): Promise<void> {
    return new Promise((resolve) => this.client.publish(packet(topic, payload, 1), () => resolve()));
  }
}

function packet(topic: string, payload: string, qos: 0 | 1) {
  return { cmd: "publish", topic, payload: Buffer.from(payload), qos, retain: false, dup: false } as const;
}
