/**
 * The small file beside the segments: whose journal it is and what the centre was last heard to have committed. One line, a
 * checksum before the JSON: a flipped bit in a mark or an epoch would do more harm than a lost file.
 */
import { crc32 } from "node:zlib";

/** What the numbers of a journal belong to; the first line of each segment repeats it. */
export interface Binding {
  /** 16 hex digits, random, made with the journal. */
  epoch: string;
  /** On the wire a number is less by so much: the newest number before this epoch began. */
  base: number;
  /** Hash of the machine's hardware ids. */
  machine: string;
}

export interface JournalNote extends Binding {
  committed: number;
  /** The newest number when this was written. */
  newest: number;
  /** The database incarnation that acknowledged last. */
  db?: string;
  /** Under which identity the epoch was sent; undefined before the first. */
  identity?: string;
}

const HEX = /^[0-9a-f]{16}$/;

export function encodeNote(note: JournalNote): Buffer {
  return Buffer.from(withChecksum(JSON.stringify(note)));
}

/** Undefined for a note that is damaged. */
export function parseNote(bytes: Uint8Array): JournalNote | undefined {
  const note = checkedJson(Buffer.from(bytes).toString("utf8").trimEnd()) as Partial<JournalNote> | undefined;
  const isWhole = Number.isSafeInteger(note?.committed) && Number.isSafeInteger(note?.newest) && isBinding(note);
  return isWhole ? (note as JournalNote) : undefined;
}

const HEAD_MARK = "# ";

/** The first line of a segment: whose it is, should the note be lost. */
export function encodeHead({ epoch, base, machine }: Binding): string {
  return HEAD_MARK + withChecksum(JSON.stringify({ epoch, base, machine }));
}

/** Undefined for what is no head, or a damaged one. */
export function decodeHead(text: string): Binding | undefined {
  const head = text.startsWith(HEAD_MARK) ? checkedJson(text.slice(HEAD_MARK.length)) : undefined;
  return isBinding(head) ? head : undefined;
}

function isBinding(value: Partial<Binding> | undefined): value is Binding {
  return HEX.test(value?.epoch ?? "") && typeof value?.machine === "string" && Number.isSafeInteger(value.base);
}

function withChecksum(json: string): string {
  return `${crc32(json).toString(16).padStart(8, "0")} ${json}\n`;
}

function checkedJson(text: string): object | undefined {
  const json = text.slice(9);
  return text.slice(0, 9) === `${crc32(json).toString(16).padStart(8, "0")} ` ? JSON.parse(json) : undefined;
}
