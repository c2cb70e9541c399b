/**
 * The private protocol of libumockdev-preload: the process under test has its reads, writes and ioctls of a device node answered over a
 * unix socket. Messages are three little-endian 64-bit words; a client asks, the answerer may first read or write the client's memory,
 * and says `done` with a result and an errno.
 */
import type { Socket } from "node:net";

const MESSAGE_BYTES = 24;
const WORD_BYTES = 8;
/** A report is at most 4 KiB; more is no HID client. */
const MEMORY_BYTES_MAX = 64 * 1024;

const ASK = { IOCTL: 1, RESULT: 2, READ: 7, WRITE: 8 } as const;
const ANSWER = { DONE: 3, RUN: 4, READ_MEMORY: 5, WRITE_MEMORY: 6 } as const;

export const ERRNO = { EIO: 5, EAGAIN: 11, ENODEV: 19, EINVAL: 22, ENOTTY: 25, EPIPE: 32 } as const;

export type Question =
  | { ask: "read"; pointer: bigint; lengthBytes: number }
  | { ask: "write"; pointer: bigint; lengthBytes: number }
  | { ask: "ioctl"; request: number; pointer: bigint };

export interface Result {
  value: number;
  errno: number;
}

/** One client's descriptor on the device node. */
export class PreloadClient {
  readonly #socket: Socket;
  #held = Buffer.alloc(0);
  #wanted: { lengthBytes: number; resolve(bytes: Buffer): void; reject(error: Error): void } | undefined;
  #ended = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => {
      this.#held = Buffer.concat([this.#held, bytes]);
      this.#serve();
    });
    // A client that is killed in mid-question.
    socket.on("error", () => this.#end());
    socket.on("close", () => this.#end());
  }

  /** Resolves with undefined when the client has closed its descriptor. */
  async next(): Promise<Question | undefined> {
    if (this.#ended) return undefined;
    const message = await this.#take(MESSAGE_BYTES).catch(() => undefined);
    if (!message) return undefined;
    const [kind, first, second] = wordsOf(message);
    if (Number(kind) === ASK.READ) return { ask: "read", pointer: first, lengthBytes: Number(second) };
    if (Number(kind) === ASK.WRITE) return { ask: "write", pointer: first, lengthBytes: Number(second) };
    if (Number(kind) === ASK.IOCTL) return { ask: "ioctl", request: Number(first), pointer: second };
    return this.next();
  }

  done(value: number, errno = 0): void {
    this.#send(ANSWER.DONE, BigInt(value), BigInt(errno));
  }

  /** The client performs the call itself, on the real node; resolves with what came of it. */
  async run(): Promise<Result> {
    this.#send(ANSWER.RUN, 0n, 0n);
    const [, value, errno] = wordsOf(await this.#take(MESSAGE_BYTES));
    return { value: Number(value), errno: Number(errno) };
  }

  readMemory(pointer: bigint, lengthBytes: number): Promise<Buffer> {
    if (lengthBytes > MEMORY_BYTES_MAX) return Promise.reject(new RangeError(`${lengthBytes} bytes of a report`));
    this.#send(ANSWER.READ_MEMORY, pointer, BigInt(lengthBytes));
    return this.#take(lengthBytes);
  }

  writeMemory(pointer: bigint, bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#send(ANSWER.WRITE_MEMORY, pointer, BigInt(bytes.length));
    this.#socket.write(bytes);
  }

  close(): void {
    this.#socket.destroy();
  }

  #send(kind: number, first: bigint, second: bigint): void {
    if (this.#ended) return;
    const message = Buffer.alloc(MESSAGE_BYTES);
    for (const [index, word] of [BigInt(kind), first, second].entries()) {
      message.writeBigInt64LE(word, index * WORD_BYTES);
    }
    this.#socket.write(message);
  }

  #take(lengthBytes: number): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#ended) return reject(new Error("the client is gone"));
      this.#wanted = { lengthBytes, resolve, reject };
      this.#serve();
    });
  }

  #serve(): void {
    const wanted = this.#wanted;
    if (!wanted || this.#held.length < wanted.lengthBytes) return;
    this.#wanted = undefined;
    const bytes = this.#held.subarray(0, wanted.lengthBytes);
    this.#held = this.#held.subarray(wanted.lengthBytes);
    wanted.resolve(bytes);
  }

  #end(): void {
    this.#ended = true;
    this.#wanted?.reject(new Error("the client is gone"));
    this.#wanted = undefined;
  }
}

function wordsOf(message: Buffer): [bigint, bigint, bigint] {
  return [message.readBigInt64LE(0), message.readBigInt64LE(WORD_BYTES), message.readBigInt64LE(2 * WORD_BYTES)];
}
