/**
 * The clock's side of TC_B frames. Written from the published description and sharing nothing with the reader's codec,
 * so that a mistake in one shows against the other.
 */

export const START = 0xa5;
const REPLY_BIT = 0x80;
const REQUEST_HEADER_BYTES = 8;
const REPLY_HEADER_BYTES = 9;
const CRC_BYTES = 2;
/** Protocol V2.1; more than this is no frame. */
const DATA_BYTES_MAX = 400;
/** A clock forgets half a request after this silence. */
const INTER_BYTE_TIMEOUT_MS = 300;

/** What the reader sent. `ret` is set for frames of the reply's shape: the answer to a heartbeat. */
export interface HostFrame {
  channel: number;
  command: number;
  ret?: number;
  data: Uint8Array;
}

/** CRC-16/MCRF4XX bit by bit. */
export function crcOf(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x8408 : crc >>> 1;
  }
  return crc;
}

/** `A5 CH[4] CMD|80 RET LEN[2] DATA CRC[2]` */
export function replyFrame(channel: number, command: number, ret: number, data: Uint8Array): Uint8Array {
  const head = Buffer.alloc(REPLY_HEADER_BYTES);
  head.writeUInt8(START, 0);
  head.writeUInt32BE(channel, 1);
  head.writeUInt8(command | REPLY_BIT, 5);
  head.writeUInt8(ret, 6);
  head.writeUInt16BE(data.length, 7);
  return withCrc(Buffer.concat([head, data]));
}

/** `A5 CH[4] CMD LEN[2] DATA CRC[2]`: what a clock sends of itself, such as the heartbeat. */
export function requestFrame(channel: number, command: number, data: Uint8Array): Uint8Array {
  const head = Buffer.alloc(REQUEST_HEADER_BYTES);
  head.writeUInt8(START, 0);
  head.writeUInt32BE(channel, 1);
  head.writeUInt8(command, 5);
  head.writeUInt16BE(data.length, 6);
  return withCrc(Buffer.concat([head, data]));
}

function withCrc(bytes: Buffer): Buffer {
  const crc = crcOf(bytes);
  return Buffer.concat([bytes, Buffer.from([crc & 0xff, crc >>> 8])]);
}

/** Finds the reader's frames in what comes over the line; holds at most one frame. */
export class HostFrameScanner {
  discardedBytes = 0;
  #held = Buffer.alloc(0);
  #lastAt = 0;

  /** @param atMs monotonic time of arrival, for the inter-byte timeout */
  push(bytes: Uint8Array, atMs: number): HostFrame[] {
    if (atMs - this.#lastAt > INTER_BYTE_TIMEOUT_MS) this.#discard(this.#held.length);
    this.#lastAt = atMs;
    this.#held = Buffer.concat([this.#held, bytes]);
    const frames: HostFrame[] = [];
    for (let step = this.#step(); step !== "wait"; step = this.#step()) if (step !== "skipped") frames.push(step);
    return frames;
  }

  #step(): HostFrame | "skipped" | "wait" {
    const start = this.#held.indexOf(START);
    this.#discard(start < 0 ? this.#held.length : start);
    const held = this.#held;
    if (held.length < REQUEST_HEADER_BYTES) return "wait";
    const header = held.readUInt8(5) & REPLY_BIT ? REPLY_HEADER_BYTES : REQUEST_HEADER_BYTES;
    if (held.length < header) return "wait";
    const dataBytes = held.readUInt16BE(header - 2);
    if (dataBytes > DATA_BYTES_MAX) return this.#skipOne();
    const bodyBytes = header + dataBytes;
    if (held.length < bodyBytes + CRC_BYTES) return "wait";
    if (held.readUInt16LE(bodyBytes) !== crcOf(held.subarray(0, bodyBytes))) return this.#skipOne();
    this.#held = held.subarray(bodyBytes + CRC_BYTES);
    return readFrame(held.subarray(0, bodyBytes), header);
  }

  #skipOne(): "skipped" {
    this.#discard(1);
    return "skipped";
  }

  #discard(count: number): void {
    this.discardedBytes += count;
    this.#held = this.#held.subarray(count);
  }
}

function readFrame(body: Buffer, header: number): HostFrame {
  const frame: HostFrame = {
    channel: body.readUInt32BE(1),
    command: body.readUInt8(5),
    data: Uint8Array.from(body.subarray(header)),
  };
  if (header === REPLY_HEADER_BYTES) frame.ret = body.readUInt8(6);
  return frame;
}
