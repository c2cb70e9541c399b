/**
 * One packet of a ZKTeco terminal over TCP (port 4370), little-endian.
 *
 *     50 50 82 7D | size[4] | command[2] | checksum[2] | session[2] | reply[2] | data
 */
import type { FrameFormat, MeasuredFrame } from "../stream-splitter.ts";

const START = Buffer.from([0x50, 0x50, 0x82, 0x7d]);
const PREFIX_BYTES = 8;
const HEADER_BYTES = 8;
/** A piece of large data is at most 64 KiB; what declares more is noise. */
export const PAYLOAD_BYTES_MAX = HEADER_BYTES + 64 * 1024;

export interface ZkPacket {
  /** 0..FFFF. */
  command: number;
  session: number;
  reply: number;
  data: Uint8Array;
}

export type PacketFault = "truncated" | "no-start" | "bad-size" | "trailing-bytes" | "bad-checksum";

export function encodePacket({ command, session, reply, data }: ZkPacket): Uint8Array {
  const bytes = Buffer.alloc(PREFIX_BYTES + HEADER_BYTES + data.length);
  bytes.set(START, 0);
  bytes.writeUInt32LE(HEADER_BYTES + data.length, 4);
  bytes.writeUInt16LE(command, PREFIX_BYTES);
  bytes.writeUInt16LE(session, PREFIX_BYTES + 4);
  bytes.writeUInt16LE(reply, PREFIX_BYTES + 6);
  bytes.set(data, PREFIX_BYTES + HEADER_BYTES);
  bytes.writeUInt16LE(checksumOf(bytes.subarray(PREFIX_BYTES)), PREFIX_BYTES + 2);
  return bytes;
}

/** Decodes exactly one packet; `data` is a copy. */
export function decodePacket(bytes: Uint8Array): { ok: true; packet: ZkPacket } | { ok: false; code: PacketFault } {
  const measured = measurePacket(bytes, 0, bytes.length);
  if (measured.state === "invalid")
    return { ok: false, code: startsLike(bytes, 0, bytes.length) ? "bad-size" : "no-start" };
  if (measured.state === "incomplete") return { ok: false, code: "truncated" };
  if (measured.lengthBytes < bytes.length) return { ok: false, code: "trailing-bytes" };
  const view = new DataView(bytes.buffer, bytes.byteOffset + PREFIX_BYTES, bytes.length - PREFIX_BYTES);
  if (view.getUint16(2, true) !== checksumOf(bytes.subarray(PREFIX_BYTES))) return { ok: false, code: "bad-checksum" };
  const packet = {
    command: view.getUint16(0, true),
    session: view.getUint16(4, true),
    reply: view.getUint16(6, true),
    data: Uint8Array.from(bytes.subarray(PREFIX_BYTES + HEADER_BYTES)),
  };
  return { ok: true, packet };
}

export function measurePacket(bytes: Uint8Array, at: number, end: number): MeasuredFrame {
  if (!startsLike(bytes, at, end)) return { state: "invalid" };
  if (at + PREFIX_BYTES > end) return { state: "incomplete" };
  const size = new DataView(bytes.buffer, bytes.byteOffset + at, PREFIX_BYTES).getUint32(4, true);
  if (size < HEADER_BYTES || size > PAYLOAD_BYTES_MAX) return { state: "invalid" };
  const lengthBytes = PREFIX_BYTES + size;
  return at + lengthBytes > end ? { state: "incomplete" } : { state: "complete", lengthBytes };
}

export const ZK_FORMAT: FrameFormat<ZkPacket> = {
  startByte: START[0] as number,
  frameBytesMax: PREFIX_BYTES + PAYLOAD_BYTES_MAX,
  measure: measurePacket,
  decode(bytes) {
    const decoded = decodePacket(bytes);
    return decoded.ok ? decoded.packet : undefined;
  },
};

function startsLike(bytes: Uint8Array, at: number, end: number): boolean {
  const length = Math.min(START.length, end - at);
  for (let index = 0; index < length; index++) if (bytes[at + index] !== START[index]) return false;
  return length > 0;
}

/** Ones' complement of the folded 16-bit little-endian sum of everything but the checksum's own field. */
export function checksumOf(payload: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < payload.length; at += 2) {
    if (at === 2) continue;
    sum += (payload[at] as number) | ((payload[at + 1] ?? 0) << 8);
  }
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
