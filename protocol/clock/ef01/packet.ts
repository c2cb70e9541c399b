/**
 * One packet of an EF01 module (ZFM-20, R30x, R503, AS608), big-endian.
 *
 *     EF01 | address[4] | PID | LEN[2] = content + 2 | content | SUM[2] over PID, LEN and content
 */
import type { FrameFormat, MeasuredFrame } from "../stream-splitter.ts";

const START = 0xef01;
const HEADER_BYTES = 9;
const SUM_BYTES = 2;
/** The largest data packet that a module can be set to. */
const CONTENT_BYTES_MAX = 256;
export const PACKET_BYTES_MAX = HEADER_BYTES + CONTENT_BYTES_MAX + SUM_BYTES;
export const DEFAULT_ADDRESS = 0xffffffff;

/** `data` and `lastData` carry images and templates: recognised so that they can be dropped. */
export const PID = { command: 0x01, data: 0x02, acknowledgement: 0x07, lastData: 0x08 } as const;
export type PacketType = keyof typeof PID;

export interface Ef01Packet {
  /** 0..FFFFFFFF; FFFFFFFF is the factory's. */
  address: number;
  type: PacketType;
  content: Uint8Array;
}

export type PacketFault = "truncated" | "no-start" | "bad-length" | "unknown-type" | "trailing-bytes" | "bad-sum";

export function encodePacket({ address, type, content }: Ef01Packet): Uint8Array {
  if (content.length > CONTENT_BYTES_MAX) throw new RangeError(`more than ${CONTENT_BYTES_MAX} content bytes`);
  const bytes = Buffer.alloc(HEADER_BYTES + content.length + SUM_BYTES);
  bytes.writeUInt16BE(START, 0);
  bytes.writeUInt32BE(address, 2);
  bytes.writeUInt8(PID[type], 6);
  bytes.writeUInt16BE(content.length + SUM_BYTES, 7);
  bytes.set(content, HEADER_BYTES);
  bytes.writeUInt16BE(sumOf(bytes), bytes.length - SUM_BYTES);
  return bytes;
}

/** Decodes exactly one packet; `content` is a copy. */
export function decodePacket(bytes: Uint8Array): { ok: true; packet: Ef01Packet } | { ok: false; code: PacketFault } {
  const measured = measurePacket(bytes, 0, bytes.length);
  if (measured.state === "invalid") return { ok: false, code: bytes[0] === 0xef ? "bad-length" : "no-start" };
  if (measured.state === "incomplete") return { ok: false, code: "truncated" };
  if (measured.lengthBytes < bytes.length) return { ok: false, code: "trailing-bytes" };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint16(bytes.length - SUM_BYTES) !== sumOf(bytes)) return { ok: false, code: "bad-sum" };
  const type = typeOf(view.getUint8(6));
  if (type === undefined) return { ok: false, code: "unknown-type" };
  const content = Uint8Array.from(bytes.subarray(HEADER_BYTES, bytes.length - SUM_BYTES));
  return { ok: true, packet: { address: view.getUint32(2), type, content } };
}

export function measurePacket(bytes: Uint8Array, at: number, end: number): MeasuredFrame {
  if (bytes[at] !== 0xef || (at + 1 < end && bytes[at + 1] !== 0x01)) return { state: "invalid" };
  if (at + HEADER_BYTES > end) return { state: "incomplete" };
  const length = ((bytes[at + 7] as number) << 8) | (bytes[at + 8] as number);
  if (length < SUM_BYTES || length > CONTENT_BYTES_MAX + SUM_BYTES) return { state: "invalid" };
  const lengthBytes = HEADER_BYTES + length;
  return at + lengthBytes > end ? { state: "incomplete" } : { state: "complete", lengthBytes };
}

export const EF01_FORMAT: FrameFormat<Ef01Packet> = {
  startByte: 0xef,
  frameBytesMax: PACKET_BYTES_MAX,
  measure: measurePacket,
  decode(bytes) {
    const decoded = decodePacket(bytes);
    return decoded.ok ? decoded.packet : undefined;
  },
};

function sumOf(packet: Uint8Array): number {
  let sum = 0;
  for (let at = 6; at < packet.length - SUM_BYTES; at++) sum += packet[at] as number;
  return sum & 0xffff;
}

function typeOf(pid: number): PacketType | undefined {
  return (Object.keys(PID) as PacketType[]).find((type) => PID[type] === pid);
}
