/** What bytes from a line mean, in words; and of bad ones, what is wrong with them. */
import { hex, NO_FRAME } from "../describe-stream.ts";
import { commandNameOf, isBiometric, replyCodec, requestCodec, STATUS } from "./commands.ts";
import { crcsOf, DATA_BYTES_MAX, FRAME_START, measureFrame, type TcbFrame } from "./frame.ts";
import { doorOpened, inOutType, RECORD, RECORD_BYTES, type TcbRecord, verificationMethods } from "./record.ts";
import { FrameSplitter, type SplitItem } from "./splitter.ts";
import { localOfSeconds } from "./time.ts";
import {
  BARE_RECORD,
  BIOMETRIC,
  COMMAND_WORDS,
  DAMAGE,
  FIELD_WORDS,
  SHAPE_WORDS,
  STATUS_WORDS,
  UNKNOWN_COMMAND,
  type Words,
} from "./words.ts";

export interface DescribedField {
  name: string;
  words: Words;
  value: string;
}

/** One frame, or one run of bytes that is none. */
export interface Description {
  /** Place and number of its bytes in what was given. */
  offset: number;
  lengthBytes: number;
  title: Words;
  fields: DescribedField[];
  /** Absent when nothing is wrong. */
  problem?: { code: string; words: Words };
}

/** Describes every byte, in order. Communication passwords and biometric data are not shown. */
export function describeBytes(bytes: Uint8Array): Description[] {
  if (isBareRecord(bytes)) return [describeRecord(bytes)];
  const splitter = new FrameSplitter();
  const items = [...splitter.push(bytes), ...splitter.flush()];
  let offset = 0;
  return items.map((item) => {
    const description = item.type === "frame" ? describeFrame(item.frame) : describeDamage(bytes, offset, item);
    const placed = { offset, lengthBytes: item.lengthBytes, ...description };
    offset += item.lengthBytes;
    return placed;
  });
}

type Unplaced = Omit<Description, "offset" | "lengthBytes">;

function isBareRecord(bytes: Uint8Array): boolean {
  return bytes.length === RECORD_BYTES && bytes[0] !== FRAME_START;
}

function describeRecord(bytes: Uint8Array): Description {
  const record = RECORD.decode(bytes);
  const fields = record.ok ? recordFields(record.value) : [];
  return { offset: 0, lengthBytes: bytes.length, title: BARE_RECORD, fields };
}

function describeFrame(frame: TcbFrame): Unplaced {
  const name = commandNameOf(frame.command);
  const shape = SHAPE_WORDS[frame.shape];
  const command = isBiometric(frame.command) ? BIOMETRIC : name ? COMMAND_WORDS[name] : UNKNOWN_COMMAND;
  const title = { zh: `${shape.zh}：${command.zh}`, en: `${shape.en}: ${command.en}` };
  const head = [field("device", String(frame.device))];
  if (frame.shape === "reply") head.push(field("status", statusText(frame.status)));
  if (!name || (frame.shape === "reply" && frame.status !== STATUS.done)) return { title, fields: head };
  const codec = frame.shape === "request" ? requestCodec(name) : replyCodec(name);
  const decoded = codec.decode(frame.data);
  if (!decoded.ok) return { title, fields: head, problem: { code: decoded.code, words: DAMAGE.data(decoded.code) } };
  return { title, fields: [...head, ...valueFields(decoded.value)] };
}

function field(name: string, value: string): DescribedField {
  return { name, words: FIELD_WORDS[name] ?? { zh: name, en: name }, value };
}

function statusText(status: number): string {
  const known = STATUS_WORDS.get(status);
  const code = hex(status, 2);
  return known ? `${code} ${known.zh} / ${known.en}` : code;
}

function valueFields(value: unknown): DescribedField[] {
  if (value === null) return [];
  if (Array.isArray(value)) return (value as TcbRecord[]).flatMap(recordFields);
  if (value instanceof Uint8Array) return [field("value", Buffer.from(value).toString("hex"))];
  if (typeof value !== "object") return [field("value", String(value))];
  if ("seconds" in value) return recordFields(value as TcbRecord);
  return Object.entries(value).map(([name, part]) => field(name, name === "password" ? masked(part) : String(part)));
}

/** A secret: only whether there is one. */
function masked({ digits }: { digits: number }): string {
  return digits === 0 ? "-" : "*".repeat(digits);
}

function recordFields({ user, seconds, verified, kind, workCode }: TcbRecord): DescribedField[] {
  return [
    field("user", String(user)),
    field("time", localOfSeconds(seconds)),
    field("verified", verificationMethods(verified).join("+") || hex(verified, 2)),
    field("type", String(inOutType(kind))),
    field("door", doorOpened(kind) ? "1" : "0"),
    field("workCode", String(workCode)),
  ];
}

function describeDamage(bytes: Uint8Array, offset: number, item: Extract<SplitItem, { type: "discarded" }>): Unplaced {
  return { title: NO_FRAME, fields: [], problem: damageAt(bytes, offset, item.reason) };
}

/** The damage as seen at its first byte, with all bytes that follow in view. */
function damageAt(bytes: Uint8Array, offset: number, reason: string): NonNullable<Description["problem"]> {
  const measured = measureFrame(bytes, offset, bytes.length);
  if (measured.state === "complete") return crcDamage(bytes.subarray(offset, offset + measured.lengthBytes));
  if (measured.state === "incomplete") {
    return { code: "truncated", words: DAMAGE.truncated(bytes.length - offset, measured.lengthBytes) };
  }
  if (measured.code === "no-start") return { code: "no-start", words: DAMAGE.noise() };
  return { code: reason, words: DAMAGE.length(declaredLength(bytes, offset), DATA_BYTES_MAX) };
}

function crcDamage(frame: Uint8Array): NonNullable<Description["problem"]> {
  const { carried, computed } = crcsOf(frame);
  const swapped = carried === (((computed & 0xff) << 8) | (computed >> 8));
  return { code: "bad-crc", words: swapped ? DAMAGE.crcSwapped() : DAMAGE.crc(hex(carried, 4), hex(computed, 4)) };
}

function declaredLength(bytes: Uint8Array, offset: number): number {
  const at = offset + ((bytes[offset + 5] ?? 0) & 0x80 ? 7 : 6);
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}
