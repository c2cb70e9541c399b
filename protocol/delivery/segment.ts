/** One file of the journal: lines with rising numbers. Reading tells what is good, what is damaged, and where a torn tail begins. */
import { decodeLine, type JournalLine } from "./journal-line.ts";

const NAME_DIGITS = 16;
const NAME_PATTERN = /^(\d{16})\.journal$/;

export function segmentName(first: number): string {
  return `${String(first).padStart(NAME_DIGITS, "0")}.journal`;
}

/** The number that a segment begins with; undefined for a file that is none. */
export function firstOfName(name: string): number | undefined {
  const digits = NAME_PATTERN.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export interface ReadSegment {
  lines: JournalLine[];
  /** Whole lines that are not readable. */
  damaged: number;
  /** Whole damaged lines behind the last good one. */
  damagedAtEnd: number;
  /** Bytes up to the last line feed; what follows is a torn tail that nobody was told of. */
  wholeBytes: number;
}

export function readSegment(bytes: Uint8Array): ReadSegment {
  const wholeBytes = bytes.lastIndexOf(0x0a) + 1;
  const texts = Buffer.from(bytes.buffer, bytes.byteOffset, wholeBytes).toString("utf8").split("\n");
  texts.pop();
  const lines: JournalLine[] = [];
  let damaged = 0;
  let damagedAtEnd = 0;
  for (const text of texts) {
    const line = decodeLine(text);
    if (line && line.number > (lines.at(-1)?.number ?? 0)) {
      lines.push(line);
      damagedAtEnd = 0;
    } else {
      damaged++;
      damagedAtEnd++;
    }
  }
  return { lines, damaged, damagedAtEnd, wholeBytes };
}
