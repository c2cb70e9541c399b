/** Performs what the exchange machine asks for, on one line that one or several TC_B clocks share. */
import { COMMANDS, replyFrame } from "../../../protocol/clock/tcb/commands.ts";
import { encodeFrame, type TcbFrame } from "../../../protocol/clock/tcb/frame.ts";
import { FrameSplitter, type SplitItem } from "../../../protocol/clock/tcb/splitter.ts";
import { AppError } from "../../../protocol/errors.ts";
import type { Log } from "../../../protocol/log.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { Line } from "../line/line.ts";
import { Subscribers } from "../line/subscribers.ts";
import { FairQueue } from "./fair-queue.ts";
import { countDiscarded, noLineErrors } from "./line-errors.ts";
import {
  type Effect,
  type Exchange,
  INITIAL_STATE,
  type Input,
  type Oddity,
  type Outcome,
  step,
} from "./tcb-exchange.ts";
import type { FrameHandler, Question, Reply, Waiting } from "./tcb-question.ts";

/** Requests that may wait for the line: some for each of the few clocks on it. */
export const WAITING_MAX = 32;
const WRITE_MS_MAX = 5_000;
/** An adapter that echoes would turn one heartbeat's answer into the next heartbeat. */
const HEARTBEAT_ANSWER_GAP_MS = 10_000;

export interface BusOptions {
  /** Bits per second, 10 bits a byte: how long requests and replies take. */
  baud: number;
  /** Silence kept between what was heard and what is said. 0 on a line with one clock; RS485 needs about 200. */
  gapMs: number;
  /** How long a clock may think before its reply begins. */
  thinkMs: number;
  /** Silence within a frame after which it will not be completed. */
  interByteMs: number;
}

export const DEFAULT_TIMING = { gapMs: 0, thinkMs: 1_000, interByteMs: 100 };

export interface BusDeps {
  line: Line;
  clock: Clock;
  log: Log;
}

const FRAME_OVERHEAD_BYTES = 11;

export class TcbBus {
  readonly errors = noLineErrors();
  readonly #options: BusOptions;
  readonly #deps: BusDeps;
  readonly #handlers = new Map<number, FrameHandler>();
  readonly #lost = new Subscribers<[string]>();
  #state = INITIAL_STATE;
  #splitter = new FrameSplitter();
  readonly #queue = new FairQueue<Waiting>();
  /** Devices that left the last question unanswered. */
  readonly #silent = new Set<number>();
  #current: Waiting | undefined;
  #nextId = 1;
  #users = 0;
  #opening: Promise<void> | undefined;
  #open = false;
  #cancelWake: (() => void) | undefined;
  #cancelFlush: (() => void) | undefined;
  #receivedAt = 0;
  #heartbeatAnsweredAt = new Map<number, number>();

  constructor(options: BusOptions, deps: BusDeps) {
    this.#options = options;
    this.#deps = deps;
    deps.line.onData((bytes) => this.#receive(bytes));
    deps.line.onLost((reason) => this.#lose(reason));
  }

  get lineName(): string {
    return this.#deps.line.name;
  }

  /** Opens the line for its first user; the others share it. */
  async open(): Promise<void> {
    this.#users += 1;
    if (this.#open) return;
    this.#opening ??= this.#deps.line.open().finally(() => {
      this.#opening = undefined;
    });
    try {
      await this.#opening;
      this.#open = true;
    } catch (error) {
      this.#users -= 1;
      throw error;
    }
  }

  /** Closes the line when its last user has gone. */
  async close(): Promise<void> {
    this.#users = Math.max(0, this.#users - 1);
    if (this.#users > 0 || !this.#open) return;
    this.#reset(new AppError("line-lost", `${this.lineName} was closed`));
    await this.#deps.line.close();
  }

  /** The line failed under its users; each has to open it again. */
  onLost(handler: (reason: string) => void): () => void {
    return this.#lost.add(handler);
  }

  /** Unasked frames of one device number. One handler a number. */
  listen(device: number, handler: FrameHandler): void {
    this.#handlers.set(device, handler);
  }

  /** Rejects with AppError `clock-silent`, `line-lost`, `line-busy`. A refusal is a reply like any other. */
  ask({ request, replyBytesMax, attemptsMax }: Question): Promise<Reply> {
    const bytes = request.data.length + replyBytesMax + 2 * FRAME_OVERHEAD_BYTES;
    const timeoutMs = this.#options.thinkMs + this.#transmissionMs(bytes);
    const attempts = this.#isOthersTime(request.device) ? 1 : attemptsMax;
    return this.#enqueue(
      { id: this.#nextId++, request, timeoutMs, attemptsMax: attempts },
      "in-turn",
    ) as Promise<Reply>;
  }

  /** People are punching at this clock: on a shared line it is asked more often. */
  favour(device: number): void {
    this.#queue.favour(device, this.#now());
  }

  /** A clock that did not answer last time is asked once, not three times, where others wait for the line meanwhile. */
  #isOthersTime(device: number): boolean {
    return this.#handlers.size > 1 && this.#silent.has(device);
  }

  #transmissionMs(bytes: number): number {
    return Math.ceil((bytes * 10 * 1_000) / this.#options.baud);
  }

  #enqueue(exchange: Exchange, place: "urgent" | "in-turn"): Promise<Reply | undefined> {
    return new Promise((resolve, reject) => {
      if (!this.#open) return reject(new AppError("line-lost", `${this.lineName} is not open`));
      if (this.#queue.length >= WAITING_MAX) {
        return reject(new AppError("line-busy", `${WAITING_MAX} requests wait for ${this.lineName}`));
      }
      const { device } = exchange.request;
      this.#queue.add({ device, exchange, sentAt: 0, begunAt: 0, resolve, reject }, place);
      this.#next();
    });
  }

  #next(): void {
    if (this.#current) return;
    const now = this.#now();
    this.#current = this.#queue.take(now);
    if (!this.#current) return;
    this.#current.begunAt = now;
    this.#feed({ type: "begin", exchange: this.#current.exchange, now });
  }

  #now(): number {
    return this.#deps.clock.monotonic();
  }

  #feed(input: Input): void {
    const { state, effects } = step(this.#state, input, this.#options.gapMs);
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    if (effect.do === "send") this.#send(effect.frame);
    else if (effect.do === "wake") this.#wakeAt(effect.at);
    else if (effect.do === "finish") this.#finish(effect.outcome);
    else if (effect.do === "deliver") this.#deliver(effect.frame);
    else this.#count(effect.oddity);
  }

  #send(frame: TcbFrame): void {
    if (this.#current) this.#current.sentAt = this.#deps.clock.now();
    const asked = this.#current;
    this.#deps.line.write(encodeFrame(frame), WRITE_MS_MAX).then(
      () => {
        if (this.#current === asked) this.#feed({ type: "written", now: this.#now() });
      },
      (error: Error) => {
        // A late failure of a write must not take down the line that was opened since.
        if (this.#current === asked) this.#lose(error.message);
      },
    );
  }

  #wakeAt(at: number): void {
    this.#cancelWake?.();
    this.#cancelWake = this.#deps.clock.after(at - this.#now(), () => this.#feed({ type: "due", now: this.#now() }));
  }

  #finish(outcome: Outcome): void {
    this.#cancelWake?.();
    const done = this.#current;
    this.#current = undefined;
    if (done) {
      this.#queue.charge(done.device, this.#now() - done.begunAt, this.#now());
      this.#settle(done, outcome);
    }
    // After the caller's continuation, whose next request may be more urgent than nothing.
    queueMicrotask(() => this.#next());
  }

  #settle({ sentAt, exchange, resolve, reject }: Waiting, outcome: Outcome): void {
    const { device } = exchange.request;
    if (outcome.type === "reply") {
      this.#silent.delete(device);
      if (outcome.reply.status !== 0) this.errors.refused += 1;
      resolve({ reply: outcome.reply, sentAt, receivedAt: this.#receivedAt });
    } else if (outcome.type === "no-reply-expected") resolve(undefined);
    else if (outcome.type === "timeout") {
      this.#silent.add(device);
      reject(new AppError("clock-silent", `device ${device} on ${this.lineName} is silent`));
    } else reject(new AppError("line-lost", `${this.lineName} was lost`));
  }

  #deliver(frame: TcbFrame): void {
    const handler = this.#handlers.get(frame.device);
    if (!handler) {
      this.errors.strays += 1;
      return;
    }
    if (frame.command === COMMANDS.heartbeat.code) this.#answerHeartbeat(frame.device);
    else handler(frame, this.#receivedAt);
  }

  #answerHeartbeat(device: number): void {
    const before = this.#heartbeatAnsweredAt.get(device);
    if (before !== undefined && this.#now() - before < HEARTBEAT_ANSWER_GAP_MS) return;
    this.#heartbeatAnsweredAt.set(device, this.#now());
    const request = replyFrame("heartbeat", device, null);
    this.#enqueue({ id: this.#nextId++, request, timeoutMs: undefined, attemptsMax: 1 }, "urgent").catch(
      (error: AppError) => {
        this.#deps.log.debug({ line: this.lineName, device, code: error.code }, "heartbeat not answered");
      },
    );
  }

  #count(oddity: Oddity): void {
    if (oddity === "timeout") this.errors.timeouts += 1;
    else if (oddity === "biometric") this.errors.droppedBiometric += 1;
    else this.errors.strays += 1;
  }

  #receive(bytes: Uint8Array): void {
    this.#receivedAt = this.#deps.clock.now();
    this.#cancelFlush?.();
    this.#takeAll(this.#splitter.push(bytes));
    if (this.#splitter.pendingBytes === 0) return;
    this.#cancelFlush = this.#deps.clock.after(this.#options.interByteMs, () => this.#takeAll(this.#splitter.flush()));
  }

  #takeAll(items: SplitItem[]): void {
    for (const item of items) {
      if (item.type === "frame") this.#feed({ type: "frame", frame: item.frame, now: this.#now() });
      else this.#discard(item);
    }
  }

  #discard(item: Extract<SplitItem, { type: "discarded" }>): void {
    countDiscarded(this.errors, item);
    const { reason, lengthBytes } = item;
    this.#deps.log.debug({ line: this.lineName, reason, lengthBytes }, "bytes discarded");
    this.#feed({ type: "noise", now: this.#now() });
  }

  #lose(reason: string): void {
    if (!this.#open) return;
    this.#users = 0;
    this.#reset(new AppError("line-lost", `${this.lineName} was lost: ${reason}`));
    void this.#deps.line.close();
    this.#lost.call(reason);
  }

  #reset(error: AppError): void {
    this.#open = false;
    this.#cancelFlush?.();
    this.#splitter = new FrameSplitter();
    for (const waiting of this.#queue.removeAll()) waiting.reject(error);
    this.#feed({ type: "lost", now: this.#now() });
    this.#cancelWake?.();
    this.#state = INITIAL_STATE;
  }
}
