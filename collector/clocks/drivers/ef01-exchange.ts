/**
 * One command and its acknowledgement at a time with an EF01 module. Acknowledgements carry no number: after one that stayed away
 * the line is left alone until it could have come, so that no late one is taken for the next command's.
 */
import { COMMANDS, type CommandName, encodeCommand } from "../../../protocol/clock/ef01/commands.ts";
import { EF01_FORMAT, type Ef01Packet, PACKET_BYTES_MAX } from "../../../protocol/clock/ef01/packet.ts";
import { type SplitItem, StreamSplitter } from "../../../protocol/clock/stream-splitter.ts";
import { AppError } from "../../../protocol/errors.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { Line } from "../line/line.ts";
import { Subscribers } from "../line/subscribers.ts";
import { countDiscarded, noLineErrors } from "./line-errors.ts";

/** Searching a full library takes a module up to a second. */
export const THINK_MS_MAX = 2_000;
const INTER_BYTE_MS_MAX = 100;
const WRITE_MS_MAX = 2_000;
const BITS_PER_BYTE = 10;

export interface Acknowledgement {
  /** See CONFIRMATION. */
  code: number;
  data: Uint8Array;
  /** ms since 1970: when its last byte was there. */
  receivedAt: number;
}

interface Asked {
  resolve(answer: Acknowledgement): void;
  reject(error: AppError): void;
}

export interface Ef01Options {
  baud: number;
  /** 0..FFFFFFFF. */
  address: number;
}

export class Ef01Exchange {
  readonly errors = noLineErrors();
  readonly #options: Ef01Options;
  readonly #deps: { line: Line; clock: Clock };
  readonly #lost = new Subscribers<[string]>();
  #splitter = new StreamSplitter(EF01_FORMAT);
  #asked: Asked | undefined;
  #open = false;
  /** Counts the openings of the line. */
  #opening = 0;
  #quietUntil = 0;
  /** Of a module that answered under another address than the one asked. */
  #otherAddress: number | undefined;
  #cancelSilence = () => {};
  #cancelFlush = () => {};

  constructor(options: Ef01Options, deps: { line: Line; clock: Clock }) {
    this.#options = options;
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
    this.#quietUntil = 0;
  }

  async close(): Promise<void> {
    this.#reset(new AppError("line-lost", `${this.lineName} was closed`));
    await this.#deps.line.close();
  }

  onLost(handler: (reason: string) => void): () => void {
    return this.#lost.add(handler);
  }

  /** Rejects with AppError `clock-silent`, `clock-bad-answer` (another address), `line-lost`. Never repeats. */
  async ask(name: CommandName, data: readonly number[] = []): Promise<Acknowledgement> {
    if (this.#asked) throw new Error(`${COMMANDS[name]} asked while another command is under way`);
    const waitMs = this.#quietUntil - this.#deps.clock.monotonic();
    if (waitMs > 0) await this.sleep(waitMs);
    if (!this.#open) throw new AppError("line-lost", `${this.lineName} is not open`);
    this.#otherAddress = undefined;
    return new Promise((resolve, reject) => {
      this.#asked = { resolve, reject };
      const timeoutMs = THINK_MS_MAX + (PACKET_BYTES_MAX * BITS_PER_BYTE * 1000) / this.#options.baud;
      this.#cancelSilence = this.#deps.clock.after(timeoutMs, () => this.#timeOut());
      const bytes = encodeCommand(name, data, this.#options.address);
      const opening = this.#opening;
      this.#deps.line.write(bytes, WRITE_MS_MAX).catch((error: Error) => {
        // A late failure of a write must not take down the line that was opened since.
        if (opening === this.#opening) this.#lose(error.message);
      });
    });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.#deps.clock.after(ms, resolve));
  }

  #timeOut(): void {
    this.errors.timeouts += 1;
    this.#quietUntil = this.#deps.clock.monotonic() + THINK_MS_MAX;
    const other = this.#otherAddress;
    const error =
      other === undefined
        ? new AppError("clock-silent", `the module on ${this.lineName} is silent`)
        : new AppError("clock-bad-answer", `the module answers with address ${other.toString(16).toUpperCase()}`);
    this.#settle(({ reject }) => reject(error));
  }

  #receive(bytes: Uint8Array): void {
    this.#cancelFlush();
    this.#takeAll(this.#splitter.push(bytes));
    if (this.#splitter.pendingBytes === 0) return;
    this.#cancelFlush = this.#deps.clock.after(INTER_BYTE_MS_MAX, () => this.#takeAll(this.#splitter.flush()));
  }

  #takeAll(items: SplitItem<Ef01Packet>[]): void {
    for (const item of items) {
      if (item.type === "frame") this.#take(item.frame);
      else countDiscarded(this.errors, item);
    }
  }

  #take({ type, address, content }: Ef01Packet): void {
    if (type === "data" || type === "lastData") {
      this.errors.droppedBiometric += 1;
      return;
    }
    const [code] = content;
    if (type !== "acknowledgement" || code === undefined || !this.#asked) {
      this.errors.strays += 1;
      return;
    }
    if (address !== this.#options.address) {
      this.#otherAddress = address;
      this.errors.strays += 1;
      return;
    }
    const answer = { code, data: content.subarray(1), receivedAt: this.#deps.clock.now() };
    this.#settle(({ resolve }) => resolve(answer));
  }

  #settle(settle: (asked: Asked) => void): void {
    this.#cancelSilence();
    const asked = this.#asked;
    this.#asked = undefined;
    if (asked) settle(asked);
  }

  #lose(reason: string): void {
    if (!this.#open) return;
    this.#reset(new AppError("line-lost", `${this.lineName} was lost: ${reason}`));
    void this.#deps.line.close();
    this.#lost.call(reason);
  }

  #reset(error: AppError): void {
    this.#open = false;
    this.#cancelFlush();
    this.#splitter = new StreamSplitter(EF01_FORMAT);
    this.#settle(({ reject }) => reject(error));
  }
}
