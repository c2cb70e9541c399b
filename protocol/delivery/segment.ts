/** One file of the journal: a head, then lines with rising numbers. Reading tells what is good, what is damaged, and where a torn tail begins. */
import { decodeLine, type JournalLine, salvageLines } from "./journal-line.ts";
import { type Binding, decodeHead } from "./journal-note.ts";

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

/** Those among the names that are segments, the oldest first. */
export function segmentNames(names: readonly string[]): string[] {
  return names.filter((name) => firstOfName(name) !== undefined).sort();
}

export interface ReadSegment {
  head: Binding | undefined;
  lines: JournalLine[];
  /** Places that are not readable. */
  damaged: number;
  /** How many records the damage behind the last good line may have held: they were whole once, and may have been sent. */
  lostAtEnd: number;
  /** Bytes up to the last record; what follows is a torn tail that nobody was told of. */
  wholeBytes: number;
  /** The last record has no line feed (it was damaged): nothing may be appended here. */
  isOpenEnded: boolean;
}

export function readSegment(bytes: Uint8Array): ReadSegment {
  const lineFeedAt = bytes.lastIndexOf(0x0a);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8");
  const texts = text.split("\n");
  const tail = texts.pop() ?? "";
  const head = decodeHead(texts[0] ?? "");
  const reading = new Reading();
  for (const line of head || isDamagedHead(texts[0]) ? texts.slice(1) : texts) reading.add(line);
  // A torn write ends anywhere but behind a whole record; that one lacks its line feed only when a bit of it flipped.
  const isOpenEnded = salvageLines(tail).lines.length > 0;
  if (isOpenEnded) reading.add(tail);
  return {
    head,
    lines: reading.lines,
    damaged: reading.damaged,
    lostAtEnd: reading.lostAtEnd(),
    wholeBytes: isOpenEnded ? bytes.length : lineFeedAt + 1,
    isOpenEnded,
  };
}

/** A head that cannot be read is no lost record. */
function isDamagedHead(text = ""): boolean {
  return !text.includes('{"kind":') && (text.includes('"epoch":') || text.includes('"machine":'));
}

/** Where a segment holds no line to judge by. */
const LINE_BYTES_GUESS = 200;

class Reading {
  readonly lines: JournalLine[] = [];
  damaged = 0;
  /** Damaged stretches behind the last good line. */
  #behind: string[] = [];
  #longest = 0;
  #total = 0;

  add(text: string): void {
    const line = decodeLine(text);
    if (line) this.#good(line);
    else this.#salvage(text);
  }

  /** A stretch longer than any line here may have been several: better a gap too wide than a number used twice. */
  lostAtEnd(): number {
    const average = this.lines.length > 0 ? this.#total / this.lines.length : LINE_BYTES_GUESS;
    return this.#behind.reduce(
      (sum, { length }) => sum + (length > this.#longest ? Math.ceil(length / average) : 1),
      0,
    );
  }

  #salvage(text: string): void {
    const { lines, damaged, behind } = salvageLines(text);
    this.damaged += damaged.length;
    for (const line of lines) this.#good(line);
    this.#behind.push(...behind);
  }

  #good(line: JournalLine): void {
    if (line.number <= (this.lines.at(-1)?.number ?? 0)) {
      this.damaged++;
      return;
    }
    this.lines.push(line);
    this.#behind = [];
    this.#longest = Math.max(this.#longest, line.json.length + 64);
    this.#total += line.json.length;
  }
}
