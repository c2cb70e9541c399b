/**
 * One TC_B frame. Bit 7 of the command tells the two shapes apart; everything is big-endian, the CRC apart.
 *
 *     request   A5 | device[4] | CMD      |       LEN[2] | DATA | CRC lo, hi
 *     reply     A5 | device[4] | CMD|0x80 | RET | LEN[2] | DATA | CRC lo, hi
 */
import { crc16 } from "./crc.ts";

export const FRAME_START = 0xa5;
const REPLY_BIT = 0x80;
/** Protocol V2.15; V2.1 stops at 400. */
export const DATA_BYTES_MAX = 600;
const REQUEST_HEADER_BYTES = 8;
const REPLY_HEADER_BYTES = 9;
const CRC_BYTES = 2;
export const FRAME_BYTES_MAX = REPLY_HEADER_BYTES + DATA_BYTES_MAX + CRC_BYTES;
/** The shortest run of bytes from which a frame's length can be read, whatever its shape. */
const COMMAND_AT = 5;

export interface TcbRequest {
  shape: "request";
  /** 0..FFFFFFFF; 0 is answered by every device on the line. */
  device: number;
  /** 0..7F. */
  command: number;
  data: Uint8Array;
}

/** An answer, and also what a device sends unasked (live push, start-up notice). */
export interface TcbReply {
  shape: "reply";
  device: number;
  /** 0..7F: as in the request, without the reply bit. */
  command: number;
  /** RET: 0 is done, anything else a refusal (see STATUS in commands.ts). */
  status: number;
  data: Uint8Array;
}

export type TcbFrame = TcbRequest | TcbReply;

export type FrameFault = "truncated" | "no-start" | "length-too-long" | "trailing-bytes" | "bad-crc";

export type DecodedFrame = { ok: true; frame: TcbFrame } | { ok: false; code: FrameFault };

export function encodeFrame(frame: TcbFrame): Uint8Array {
  const reply = frame.shape === "reply";
  const header = reply ? REPLY_HEADER_BYTES : REQUEST_HEADER_BYTES;
  if (frame.data.length > DATA_BYTES_MAX) throw new RangeError(`more than ${DATA_BYTES_MAX} data bytes`);
  const bytes = Buffer.alloc(header + frame.data.length + CRC_BYTES);
  bytes.writeUInt8(FRAME_START, 0);
  bytes.writeUInt32BE(frame.device, 1);
  bytes.writeUInt8(reply ? frame.command | REPLY_BIT : frame.command, COMMAND_AT);
  if (reply) bytes.writeUInt8(frame.status, COMMAND_AT + 1);
  bytes.writeUInt16BE(frame.data.length, header - 2);
  bytes.set(frame.data, header);
  bytes.writeUInt16LE(crc16(bytes, 0, bytes.length - CRC_BYTES), bytes.length - CRC_BYTES);
  return bytes;
}

/** Decodes exactly one frame; `data` is a copy, so that the caller may reuse its buffer. */
export function decodeFrame(bytes: Uint8Array): DecodedFrame {
  const measured = measureFrame(bytes, 0, bytes.length);
  if (measured.state === "invalid") return { ok: false, code: measured.code };
  if (measured.state === "incomplete") return { ok: false, code: "truncated" };
  if (measured.lengthBytes < bytes.length) return { ok: false, code: "trailing-bytes" };
  if (!hasGoodCrc(bytes)) return { ok: false, code: "bad-crc" };
  return { ok: true, frame: parse(bytes) };
}

export type MeasuredFrame =
  | { state: "complete"; lengthBytes: number }
  /** More bytes are needed; `lengthBytes` once the header tells it. */
  | { state: "incomplete"; lengthBytes?: number }
  | { state: "invalid"; code: "no-start" | "length-too-long" };

/** Reads the length that a frame starting at `at` declares, from the bytes before `end`. Does not look at the CRC. */
export function measureFrame(bytes: Uint8Array, at: number, end: number): MeasuredFrame {
  if (at >= end) return { state: "incomplete" };
  if (bytes[at] !== FRAME_START) return { state: "invalid", code: "no-start" };
  if (at + COMMAND_AT >= end) return { state: "incomplete" };
  const header = headerBytes(bytes[at + COMMAND_AT] as number);
  if (at + header > end) return { state: "incomplete" };
  const dataBytes = ((bytes[at + header - 2] as number) << 8) | (bytes[at + header - 1] as number);
  if (dataBytes > DATA_BYTES_MAX) return { state: "invalid", code: "length-too-long" };
  const lengthBytes = header + dataBytes + CRC_BYTES;
  return at + lengthBytes > end ? { state: "incomplete", lengthBytes } : { state: "complete", lengthBytes };
}

function headerBytes(command: number): number {
  return command & REPLY_BIT ? REPLY_HEADER_BYTES : REQUEST_HEADER_BYTES;
}

/** The CRC that the frame carries and the one that its bytes give. */
export function crcsOf(frame: Uint8Array): { carried: number; computed: number } {
  const end = frame.length - CRC_BYTES;
  const carried = (frame[end] as number) | ((frame[end + 1] as number) << 8);
  return { carried, computed: crc16(frame, 0, end) };
}

function hasGoodCrc(frame: Uint8Array): boolean {
  const { carried, computed } = crcsOf(frame);
  return carried === computed;
}

function parse(bytes: Uint8Array): TcbFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const device = view.getUint32(1);
  const command = view.getUint8(COMMAND_AT) & ~REPLY_BIT;
  const reply = (view.getUint8(COMMAND_AT) & REPLY_BIT) !== 0;
  const header = reply ? REPLY_HEADER_BYTES : REQUEST_HEADER_BYTES;
  // Buffer's own slice would be a view.
  const data = Uint8Array.from(bytes.subarray(header, bytes.length - CRC_BYTES));
  return reply
    ? { shape: "reply", device, command, status: view.getUint8(COMMAND_AT + 1), data }
    : { shape: "request", device, command, data };
}
