/** The segments of a journal on disk: recovering, writing, reading by number, giving way, trimming. */
import type { Log } from "../log.ts";
import { lastNumberOf } from "../messages/numbering.ts";
import type { Clock } from "../time.ts";
import type { JournalFiles } from "./journal-files.ts";
import { encodeLine, type JournalLine } from "./journal-line.ts";
import { type Binding, encodeHead } from "./journal-note.ts";
import { gapAt, sacrifice } from "./sacrifice.ts";
import { firstOfName, type ReadSegment, readSegment, segmentName, segmentNames } from "./segment.ts";

export const SEGMENT_BYTES = 512 * 1024;
/** Space kept back, so that a full disk can still be tidied. */
const RESERVE_FILE = "reserve";

interface Segment {
  name: string;
  first: number;
  last: number;
  bytes: number;
  /** When the last of it was written, ms since 1970. */
  writtenAt: number;
  /** Takes nothing more. */
  isSealed: boolean;
}

export interface SegmentsDeps {
  files: JournalFiles;
  clock: Clock;
  log: Log;
}

export class Segments {
  readonly #deps: SegmentsDeps;
  #segments: Segment[] = [];
  /** Lines of the newest segment, and of the one read last. */
  #tail: JournalLine[] = [];
  #cached: { name: string; lines: JournalLine[] } | undefined;
  #newest = 0;
  damaged = 0;
  sacrificed = 0;

  constructor(deps: SegmentsDeps) {
    this.#deps = deps;
  }

  /** The newest number synced to disk, or lost; 0 while there was none. */
  get newest(): number {
    return this.#newest;
  }

  /** The oldest number that can still be read; 0 while nothing was ever appended. */
  get oldest(): number {
    return this.#segments[0]?.first ?? (this.#newest === 0 ? 0 : this.#newest + 1);
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Reads what is on disk; cuts torn tails. Numbers go on behind `newestKnown` at least. Rejects with the error of the files. */
  async recover(names: readonly string[], newestKnown: number, epoch: string): Promise<void> {
    for (const name of segmentNames(names)) await this.#recoverSegment(name, epoch);
    this.#newest = Math.max(this.#segments.at(-1)?.last ?? 0, newestKnown);
    for (const segment of this.#segments.slice(0, -1)) segment.isSealed = true;
    await this.#loadTail();
    await this.keepReserve();
  }

  /**
   * Writes and syncs lines that follow `newest`. Rejects with the error of the files; then they are not there, and their numbers are
   * free again unless the files would not take back what was written.
   */
  async write(lines: readonly JournalLine[], binding: Binding): Promise<void> {
    const { files, clock } = this.#deps;
    const segment = this.#segmentForWriting();
    const head = segment.bytes === 0 ? encodeHead(binding) : "";
    const bytes = Buffer.from(head + lines.map(encodeLine).join(""));
    const last = (lines.at(-1) as JournalLine).number;
    try {
      await files.append(segment.name, bytes);
      await files.sync(segment.name);
    } catch (error) {
      await this.#undo(segment, last);
      throw error;
    }
    segment.bytes += bytes.length;
    segment.last = last;
    segment.writtenAt = clock.now();
    this.#tail.push(...lines);
    this.#newest = last;
  }

  /** What is written from now on begins a segment of its own: another epoch. */
  seal(): void {
    const last = this.#segments.at(-1);
    if (last) last.isSealed = true;
  }

  /** The line that covers a number up to `newest`; a gap where there is none. Rejects with the error of the files. */
  async lineAt(number: number): Promise<JournalLine> {
    const now = this.#deps.clock.now();
    const segment = this.#segments.find(({ last }) => last >= number);
    if (!segment) return gapAt(number, this.#newest, "journal-damaged", now, { count: this.#newest - number + 1 });
    if (number < segment.first) {
      const reason = segment === this.#segments[0] ? "journal-expired" : "journal-damaged";
      return gapAt(number, segment.first - 1, reason, now, { count: segment.first - number });
    }
    const lines = await this.#linesOf(segment);
    const index = lowerBound(lines, number);
    const found = lines[index];
    if (found?.number === number) return found;
    const before = lines[index - 1];
    const covered = before ? lastOf(before) : 0;
    if (before && covered >= number) {
      const { body } = JSON.parse(before.json);
      return gapAt(number, covered, body.reason, now, { count: covered - number + 1 });
    }
    const until = (found?.number ?? segment.last + 1) - 1;
    return gapAt(number, until, "journal-damaged", now, { count: until - number + 1 });
  }

  /**
   * Frees space for a record of `worth`: first the oldest segment when all of it is committed, then the oldest records of less worth
   * behind `sentThrough`. False when there is nothing of the kind.
   */
  async giveWay(worth: number, committed: number, sentThrough: number): Promise<boolean> {
    const [first] = this.#segments;
    if (first && this.#segments.length > 1 && first.last <= committed) {
      await this.#removeOldest();
      return true;
    }
    for (const segment of this.#segments) {
      if (await this.#sacrificeIn(segment, worth, sentThrough)) return true;
    }
    return false;
  }

  /** Removes what is committed and was written before `before`, or lies over `maxBytes`. The newest segment stays. */
  async trim(committed: number, before: number, maxBytes: number): Promise<void> {
    while (this.#segments.length > 1) {
      const [first] = this.#segments as [Segment];
      const isOver = this.bytes > maxBytes;
      if (first.last > committed || (first.writtenAt > before && !isOver)) return;
      await this.#removeOldest();
    }
  }

  async keepReserve(): Promise<void> {
    try {
      await this.#deps.files.replace(RESERVE_FILE, Buffer.alloc(SEGMENT_BYTES));
    } catch (error) {
      this.#deps.log.warn({ err: error }, "no space can be kept back for a full disk");
    }
  }

  async #recoverSegment(name: string, epoch: string): Promise<void> {
    const { files, log } = this.#deps;
    const bytes = await files.read(name);
    const read = readSegment(bytes);
    const first = firstOfName(name) as number;
    const line = read.lines.at(-1);
    // Damaged lines at the end were whole, so they may have been sent: their numbers are not used again.
    const last = (line ? lastOf(line) : first - 1) + read.lostAtEnd;
    const tornBytes = bytes.length - read.wholeBytes;
    if (read.damaged > 0 || tornBytes > 0) {
      log.warn({ segment: name, damaged: read.damaged, tornBytes }, "a segment of the journal was harmed");
    }
    this.damaged += read.damaged;
    if (last < first) return files.remove(name);
    if (tornBytes > 0) await files.truncate(name, read.wholeBytes);
    const writtenAt = writtenAtOf(read, this.#deps.clock.now());
    const isSealed = read.isOpenEnded || (read.head !== undefined && read.head.epoch !== epoch);
    this.#segments.push({ name, first, last, bytes: read.wholeBytes, writtenAt, isSealed });
  }

  #segmentForWriting(): Segment {
    const last = this.#segments.at(-1);
    if (last && !last.isSealed && last.bytes < SEGMENT_BYTES) return last;
    const first = this.#newest + 1;
    const now = this.#deps.clock.now();
    const segment = { name: segmentName(first), first, last: first - 1, bytes: 0, writtenAt: now, isSealed: false };
    this.#segments.push(segment);
    this.#tail = [];
    return segment;
  }

  /** A failed append may have left a part of its bytes. When that cannot be taken back, nothing may follow it, nor use its numbers. */
  async #undo(segment: Segment, last: number): Promise<void> {
    const { files, log } = this.#deps;
    try {
      if (segment.bytes > 0) return await files.truncate(segment.name, segment.bytes);
      await files.remove(segment.name);
    } catch (error) {
      log.error({ err: error, segment: segment.name }, "a failed write cannot be taken back");
      segment.isSealed = true;
      this.#newest = Math.max(this.#newest, last);
    }
    if (segment.bytes > 0) return;
    this.#segments = this.#segments.filter((other) => other !== segment);
    await this.#loadTail();
  }

  async #sacrificeIn(segment: Segment, worth: number, sentThrough: number): Promise<boolean> {
    if (segment.last <= sentThrough) return false;
    const { files, clock, log } = this.#deps;
    const { head, lines } = await this.#readWhole(segment);
    const given = sacrifice(lines, worth, sentThrough, clock.now());
    if (given.count === 0) return false;
    const bytes = Buffer.from((head ? encodeHead(head) : "") + given.lines.map(encodeLine).join(""));
    if (bytes.length >= segment.bytes) return false;
    await files.remove(RESERVE_FILE);
    await files.replace(segment.name, bytes);
    segment.bytes = bytes.length;
    this.sacrificed += given.count;
    this.#cached = undefined;
    if (segment === this.#segments.at(-1)) this.#tail = given.lines;
    log.warn({ records: given.count, worth }, "records gave way to others of more worth: journal or disk is full");
    await this.keepReserve();
    return true;
  }

  async #removeOldest(): Promise<void> {
    const [first] = this.#segments;
    if (!first) return;
    await this.#deps.files.remove(first.name);
    this.#segments.shift();
    this.#cached = undefined;
  }

  async #linesOf(segment: Segment): Promise<JournalLine[]> {
    if (segment === this.#segments.at(-1)) return this.#tail;
    if (this.#cached?.name !== segment.name) {
      const { lines } = await this.#readWhole(segment);
      this.#cached = { name: segment.name, lines };
    }
    return this.#cached.lines;
  }

  async #readWhole({ name }: Segment): Promise<ReadSegment> {
    return readSegment(await this.#deps.files.read(name));
  }

  async #loadTail(): Promise<void> {
    const last = this.#segments.at(-1);
    this.#tail = last ? (await this.#readWhole(last)).lines : [];
  }
}

/** The last number that a line occupies. */
export function lastOf({ number, kind, json }: JournalLine): number {
  return kind === "gap" ? lastNumberOf(number, JSON.parse(json)) : number;
}

/** The age of a segment found on disk: when the last of its records happened, and not later than now. */
function writtenAtOf({ lines }: ReadSegment, now: number): number {
  const last = lines.at(-1);
  const at = last ? Date.parse(JSON.parse(last.json).at) : Number.NaN;
  return Number.isFinite(at) ? Math.min(at, now) : now;
}

/** Index of the first line whose number is not below `number`. */
function lowerBound(lines: readonly JournalLine[], number: number): number {
  let low = 0;
  let high = lines.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((lines[middle] as JournalLine).number < number) low = middle + 1;
    else high = middle;
  }
  return low;
}
