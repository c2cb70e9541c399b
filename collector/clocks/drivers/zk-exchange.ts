/** Requests and replies of one ZK session: one request in flight, replies known by their number, events acknowledged at once. */

import { type SplitItem, StreamSplitter } from "../../../protocol/clock/stream-splitter.ts";
import { EVENTS_COMMAND, REPLIES } from "../../../protocol/clock/zk/commands.ts";
import { encodePacket, ZK_FORMAT, type ZkPacket } from "../../../protocol/clock/zk/packet.ts";
import { AppError } from "../../../protocol/errors.ts";
import type { Log } from "../../../protocol/log.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { Line } from "../line/line.ts";
import { Subscribers } from "../line/subscribers.ts";
import { countDiscarded, noLineErrors } from "./line-errors.ts";

/** Requests that may wait for the one in flight. */
export const WAITING_MAX = 32;
/** Silence after which a reply, or its next packet, will not come. */
export const SILENCE_MS_MAX = 5_000;
/** A piece of 64 KiB in packets of 128 bytes, the smallest seen is 1 KiB. */
export const PACKETS_MAX = 512;
const WRITE_MS_MAX = 5_000;
/** Silence within a packet after which the rest will not come. */
const INTER_BYTE_MS_MAX = 2_000;
const REPLY_NUMBERS = 0xffff;
/** Acknowledgements of events carry this number, and nothing else does. */
const EVENT_REPLY = 0;

export interface Reply {
  /** The packets of the reply, in order; all but the last wanted more. */
  packets: ZkPacket[];
  /** ms since 1970: when the request was sent, and when the last packet's last byte was there. */
  sentAt: number;
  receivedAt: number;
}

export interface Question {
  command: number;
  data?: Uint8Array;
  /** Whether a further packet belongs to this reply; by default one packet is all. */
  wantsMore?: (packet: ZkPacket) => boolean;
}

interface Asked extends Question {
  packets: ZkPacket[];
  number: number;
  sentAt: number;
  resolve(reply: Reply): void;
  reject(error: AppError): void;
}

export class ZkExchange {
  readonly errors = noLineErrors();
  /** From the answer to `connect`; 0 before. */
  session = 0;
  readonly #deps: { line: Line; clock: Clock; log: Log };
  readonly #events = new Subscribers<[ZkPacket, number]>();
  readonly #lost = new Subscribers<[string]>();
  #splitter = new StreamSplitter(ZK_FORMAT);
  #queue: Asked[] = [];
  #current: Asked | undefined;
  #lastNumber = EVENT_REPLY;
  #open = false;
  /** Counts the openings of the line. */
  #opening = 0;
  #cancelSilence: (() => void) | undefined;
  #cancelFlush: (() => void) | undefined;

  constructor(deps: { line: Line; clock: Clock; log: Log }) {
    this.#deps = deps;
    deps.line.onData((bytes) => this.#receive(bytes));
    deps.line.onLost((reason) => this.#lose(reason));
  }

  get lineName(): string {
    return this.#deps.line.name;
  }

  async open(): Promise<void> {
    await this.#deps.line.open();
    this.#open = true;
    this.#opening += 1;
    this.session = 0;
    this.#lastNumber = EVENT_REPLY;
  }

  async close(): Promise<void> {
    this.#reset(new AppError("line-lost", `${this.lineName} was closed`));
    await this.#deps.line.close();
  }

  onLost(handler: (reason: string) => void): () => void {
    return this.#lost.add(handler);
  }

  /** Events that the terminal sends unasked; each has been acknowledged before. */
  onEvent(handler: (packet: ZkPacket, receivedAt: number) => void): () => void {
    return this.#events.add(handler);
  }

  /** Rejects with AppError `clock-silent`, `line-lost`, `line-busy`. A refusal is a reply like any other. */
  ask(question: Question): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (!this.#open) return reject(new AppError("line-lost", `${this.lineName} is not open`));
      if (this.#queue.length >= WAITING_MAX) {
        return reject(new AppError("line-busy", `${WAITING_MAX} requests wait for ${this.lineName}`));
      }
      this.#queue.push({ ...question, packets: [], number: 0, sentAt: 0, resolve, reject });
      this.#next();
    });
  }

  /** Says something that nobody answers. */
  tell(command: number): void {
    if (this.#open) this.#write({ command, session: this.session, reply: this.#nextNumber(), data: new Uint8Array() });
  }

  #next(): void {
    if (this.#current || !this.#open) return;
    this.#current = this.#queue.shift();
    if (!this.#current) return;
    this.#current.number = this.#nextNumber();
    this.#current.sentAt = this.#deps.clock.now();
    const { command, data = new Uint8Array(), number } = this.#current;
    this.#write({ command, session: this.session, reply: number, data });
    this.#awaitPacket();
  }

  #nextNumber(): number {
    this.#lastNumber = (this.#lastNumber % (REPLY_NUMBERS - 1)) + 1;
    return this.#lastNumber;
  }

  #write(packet: ZkPacket): void {
    const opening = this.#opening;
    this.#deps.line.write(encodePacket(packet), WRITE_MS_MAX).catch((error: Error) => {
      // A late failure of a write must not take down the line that was opened since.
      if (opening === this.#opening) this.#lose(error.message);
    });
  }

  #awaitPacket(): void {
    this.#cancelSilence?.();
    this.#cancelSilence = this.#deps.clock.after(SILENCE_MS_MAX, () => {
      this.errors.timeouts += 1;
      this.#finish((asked) => asked.reject(new AppError("clock-silent", `${this.lineName} is silent`)));
    });
  }

  #receive(bytes: Uint8Array): void {
    this.#cancelFlush?.();
    this.#takeAll(this.#splitter.push(bytes));
    if (this.#splitter.pendingBytes === 0) return;
    // A packet that is under way is no silence.
    if (this.#current) this.#awaitPacket();
    this.#cancelFlush = this.#deps.clock.after(INTER_BYTE_MS_MAX, () => this.#takeAll(this.#splitter.flush()));
  }

  #takeAll(items: SplitItem<ZkPacket>[]): void {
    for (const item of items) {
      if (item.type === "frame") this.#take(item.frame);
      else countDiscarded(this.errors, item);
    }
  }

  #take(packet: ZkPacket): void {
    if (packet.command === EVENTS_COMMAND) this.#takeEvent(packet);
    else this.#takeReply(packet);
  }

  #takeReply(packet: ZkPacket): void {
    const asked = this.#current;
    if (!asked || packet.reply !== asked.number) {
      this.errors.strays += 1;
      return;
    }
    asked.packets.push(packet);
    if (asked.packets.length > PACKETS_MAX) {
      this.#finish(() => asked.reject(new AppError("clock-bad-answer", `${PACKETS_MAX} packets and no end`)));
      return;
    }
    if (asked.wantsMore?.(packet)) {
      this.#awaitPacket();
      return;
    }
    if (packet.command === REPLIES.error || packet.command === REPLIES.unauthorised) this.errors.refused += 1;
    const { packets, sentAt } = asked;
    this.#finish(() => asked.resolve({ packets, sentAt, receivedAt: this.#deps.clock.now() }));
  }

  /** A terminal sends an event again, and no further one, until it is acknowledged. */
  #takeEvent(packet: ZkPacket): void {
    this.#write({ command: REPLIES.ok, session: this.session, reply: EVENT_REPLY, data: new Uint8Array() });
    this.#events.call(packet, this.#deps.clock.now());
  }

  #finish(settle: (asked: Asked) => void): void {
    this.#cancelSilence?.();
    const done = this.#current;
    this.#current = undefined;
    if (done) settle(done);
    queueMicrotask(() => this.#next());
  }

  #lose(reason: string): void {
    if (!this.#open) return;
    this.#reset(new AppError("line-lost", `${this.lineName} was lost: ${reason}`));
    void this.#deps.line.close();
    this.#lost.call(reason);
  }

  #reset(error: AppError): void {
    this.#open = false;
    this.#cancelFlush?.();
    this.#cancelSilence?.();
    this.#splitter = new StreamSplitter(ZK_FORMAT);
    const waiting = [...(this.#current ? [this.#current] : []), ...this.#queue];
    this.#current = undefined;
    this.#queue = [];
    for (const { reject } of waiting) reject(error);
  }
}
