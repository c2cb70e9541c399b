/** An Anviz TC_B clock: the command table, spoken over a bus to one device number. */

import type { LocalDateTime } from "../../../protocol/clock/local-time.ts";
import {
  COMMANDS,
  type CommandName,
  type ReplyOf,
  type RequestOf,
  replyCodec,
  requestFrame,
} from "../../../protocol/clock/tcb/commands.ts";
import { DATA_BYTES_MAX, type TcbFrame } from "../../../protocol/clock/tcb/frame.ts";
import { RECORD_BYTES } from "../../../protocol/clock/tcb/record.ts";
import { AppError } from "../../../protocol/errors.ts";
import { Subscribers } from "../line/subscribers.ts";
import type { ClockDriver, ClockIdentity, DevicePunch, DownloadOptions, LogPage, TimeReading } from "./driver.ts";
import { prefetch } from "./prefetch.ts";
import type { TcbBus } from "./tcb-bus.ts";
import { type PageAnswer, readPages } from "./tcb-log.ts";
import { punchesOf, punchOf } from "./tcb-punch.ts";

/** Repeats of what may be said twice without doing more than once. */
const ATTEMPTS_MAX = 3;
/** Pages read from the clock while earlier ones are being stored. */
export const PAGES_AHEAD_MAX = 4;
/** The longest answer but a page of the log: how long a clock's silence has to be waited for depends on it. */
const SHORT_REPLY_BYTES_MAX = 64;
/** From this command version on the serial number can be asked for. */
const SERIAL_FROM_VERSION = 2;

export type Answer<T> =
  | { ok: true; value: T; data: Uint8Array; sentAt: number; receivedAt: number }
  | { ok: false; status: number };

export class TcbDriver implements ClockDriver {
  readonly family = "tcb";
  /** No document that is to be trusted says how its table of users is laid out, and what is published disagrees. */
  readonly users = undefined;
  readonly device: number;
  readonly #bus: TcbBus;
  readonly #punches = new Subscribers<[DevicePunch, number]>();
  readonly #starts = new Subscribers<[]>();
  readonly #lost = new Subscribers<[string]>();
  #open = false;

  constructor(device: number, bus: TcbBus) {
    this.device = device;
    this.#bus = bus;
    bus.listen(device, (frame, receivedAt) => this.#take(frame, receivedAt));
    bus.onLost((reason) => this.#lose(reason));
  }

  get lineName(): string {
    return this.#bus.lineName;
  }

  lineErrors() {
    return { ...this.#bus.errors };
  }

  async open(): Promise<void> {
    if (this.#open) return;
    await this.#bus.open();
    this.#open = true;
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#bus.close();
  }

  onLost(handler: (reason: string) => void): () => void {
    return this.#lost.add(handler);
  }

  onPunch(handler: (punch: DevicePunch, readAt: number) => void): () => void {
    return this.#punches.add(handler);
  }

  onStarted(handler: () => void): () => void {
    return this.#starts.add(handler);
  }

  async identify(): Promise<ClockIdentity> {
    const { firmware, commandVersion } = await this.#ask("identify", null);
    const model = await this.#askIfKnown("model");
    const serial = commandVersion >= SERIAL_FROM_VERSION ? await this.#askIfKnown("serial") : undefined;
    return { serial: serial || undefined, firmware, ...(model ? { model } : {}) };
  }

  async readTime(): Promise<TimeReading> {
    const answer = await this.#query("getTime", null, ATTEMPTS_MAX);
    if (!answer.ok) throw refused("getTime", answer.status);
    return { deviceTime: answer.value, sentAt: answer.sentAt, receivedAt: answer.receivedAt };
  }

  /** Once only: said again a second later it would be wrong. */
  async setTime(local: LocalDateTime): Promise<void> {
    await this.#ask("setTime", local, 1);
  }

  counts() {
    return this.#ask("counts", null);
  }

  capacity() {
    return this.#ask("capacity", null);
  }

  async setLivePush(on: boolean): Promise<boolean> {
    const wanted = on ? 1 : 0;
    const before = await this.#ask("getSettings", null);
    if ((before.realTime !== 0) === on) return on;
    await this.#ask("setSettings", { realTime: wanted });
    const after = await this.#ask("getSettings", null);
    return after.realTime !== 0;
  }

  async *downloadLog(options: DownloadOptions): AsyncIterable<LogPage> {
    const pages = readPages(options, (request, attemptsMax) => this.#askPage(request, attemptsMax));
    for await (const { data, receivedAt } of prefetch(pages, PAGES_AHEAD_MAX)) {
      this.#bus.favour(this.device);
      yield { records: punchesOf(data), readAt: receivedAt };
    }
  }

  parsePunch(raw: string): DevicePunch | undefined {
    return punchOf(Buffer.from(raw, "hex"));
  }

  /** Once only: a repeat would unmark as many again. */
  unmark(count: number): Promise<number> {
    return this.#ask("clear", { what: "unmark", count }, 1);
  }

  async #askPage(request: RequestOf<"page">, attemptsMax: number): Promise<PageAnswer> {
    const answer = await this.#query("page", request, attemptsMax);
    return answer.ok ? { ok: true, data: answer.data, receivedAt: answer.receivedAt } : answer;
  }

  async #ask<Name extends CommandName>(
    name: Name,
    value: RequestOf<Name>,
    attemptsMax = ATTEMPTS_MAX,
  ): Promise<ReplyOf<Name>> {
    const answer = await this.#query(name, value, attemptsMax);
    if (!answer.ok) throw refused(name, answer.status);
    return answer.value;
  }

  /** Not every model has every command; what it refuses it does not have. */
  async #askIfKnown(name: "model" | "serial"): Promise<string | undefined> {
    const answer = await this.#query(name, null, ATTEMPTS_MAX);
    return answer.ok ? answer.value : undefined;
  }

  async #query<Name extends CommandName>(
    name: Name,
    value: RequestOf<Name>,
    attemptsMax: number,
  ): Promise<Answer<ReplyOf<Name>>> {
    const request = requestFrame(name, this.device, value);
    const replyBytesMax = name === "page" ? DATA_BYTES_MAX : SHORT_REPLY_BYTES_MAX;
    const { reply, sentAt, receivedAt } = await this.#bus.ask({ request, replyBytesMax, attemptsMax });
    if (reply.status !== 0) return { ok: false, status: reply.status };
    const decoded = replyCodec(name).decode(reply.data);
    if (!decoded.ok) throw new AppError("clock-bad-answer", `${name}: ${decoded.code}`);
    return { ok: true, value: decoded.value, data: reply.data, sentAt, receivedAt };
  }

  #take(frame: TcbFrame, receivedAt: number): void {
    if (frame.command === COMMANDS.started.code) this.#starts.call();
    if (frame.command !== COMMANDS.push.code || frame.data.length !== RECORD_BYTES) return;
    const punch = punchOf(frame.data);
    if (punch) this.#punches.call(punch, receivedAt);
  }

  #lose(reason: string): void {
    if (!this.#open) return;
    this.#open = false;
    this.#lost.call(reason);
  }
}

function refused(name: CommandName, status: number): AppError {
  return new AppError("clock-refused", `${name} refused with ${status.toString(16).padStart(2, "0")}`);
}
