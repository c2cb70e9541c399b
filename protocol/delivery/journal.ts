/**
 * The journal of a source: records on disk until the centre has committed them, and a while longer in case it loses them.
 * Appends are synced in groups; numbers rise by one; what is lost is a gap record with its range and reason, never silence.
 */
import { AppError } from "../errors.ts";
import { BATCH_BYTES_MAX, BATCH_RECORDS_MAX, RECORD_BYTES_MAX } from "../messages/limits.ts";
import { lastNumberOf } from "../messages/numbering.ts";
import type { Clock, Random } from "../time.ts";
import type { JournalFiles } from "./journal-files.ts";
import { encodeLine, type JournalLine } from "./journal-line.ts";
import { type JournalNote, newEpoch, parseNote } from "./journal-note.ts";
import { gapAt, sacrifice, worthOf } from "./sacrifice.ts";
import { firstOfName, readSegment, segmentName } from "./segment.ts";

const NOTE_FILE = "journal.json";
/** Space kept back, so that a full disk can still be tidied. */
const RESERVE_FILE = "reserve";
const SEGMENT_BYTES = 512 * 1024;
export const UNSYNCED_RECORDS_MAX = 20_000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** The note of what is committed is only a hint (the centre knows), so it is written now and then. */
const NOTE_EVERY_MS = 10_000;

export interface JournalOptions {
  files: JournalFiles;
  clock: Clock;
  random: Random;
  /** Hash of the hardware ids that the journal belongs to. */
  machine: string;
  /** How long committed records are kept for a replay. Default 7 days. */
  replayMs?: number;
  /** Most bytes of records on disk. Default 256 MiB. */
  maxBytes?: number;
}

interface Segment {
  name: string;
  first: number;
  last: number;
  bytes: number;
  /** When it was last written, ms; the age of what is in it. */
  writtenAt: number;
}

interface Waiting {
  kind: string;
  json: string;
  resolve(number: number): void;
  reject(error: AppError): void;
}

export interface JournalCounters {
  appended: number;
  damaged: number;
  sacrificed: number;
}

export class Journal {
  readonly #files: JournalFiles;
  readonly #clock: Clock;
  readonly #replayMs: number;
  readonly #maxBytes: number;
  readonly counters: JournalCounters = { appended: 0, damaged: 0, sacrificed: 0 };
  #note: JournalNote;
  #noteAt = 0;
  #segments: Segment[] = [];
  /** Lines of the newest segment, and of the one read last. */
  #tail: JournalLine[] = [];
  #cached: { name: string; lines: JournalLine[] } | undefined;
  #next = 1;
  #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  #isClosed = false;
  #sentThrough = 0;

  private constructor(options: JournalOptions, note: JournalNote) {
    this.#files = options.files;
    this.#clock = options.clock;
    this.#replayMs = options.replayMs ?? 7 * DAY_MS;
    this.#maxBytes = options.maxBytes ?? 256 * 1024 * 1024;
    this.#note = note;
  }

  /**
   * Opens or makes the journal. One that belongs to another machine is kept aside and a new one begun (`movedAside`).
   * Rejects with AppError `journal-io`.
   */
  static async open(options: JournalOptions): Promise<Journal> {
    try {
      const names = await options.files.list();
      const stored = names.includes(NOTE_FILE) ? parseNote(await options.files.read(NOTE_FILE)) : undefined;
      if (stored?.machine === options.machine) {
        const journal = new Journal(options, stored);
        await journal.#recover(names);
        return journal;
      }
      const present = names.filter((name) => firstOfName(name) !== undefined || name === NOTE_FILE);
      const label = `aside-${stored?.epoch ?? "unknown"}`;
      for (const name of present) await options.files.rename(name, `${label}-${name}`);
      const note = {
        epoch: newEpoch(options.random),
        machine: options.machine,
        committed: 0,
        movedAside: present.length > 0,
      };
      await options.files.replace(NOTE_FILE, Buffer.from(JSON.stringify(note)));
      const journal = new Journal(options, note);
      await journal.#reserve();
      return journal;
    } catch (cause) {
      throw new AppError("journal-io", `the journal cannot be opened: ${(cause as Error).message}`, { cause });
    }
  }

  get epoch(): string {
    return this.#note.epoch;
  }

  /** The database incarnation that acknowledged last; undefined before the first. */
  get db(): string | undefined {
    return this.#note.db;
  }

  /** True when a journal of another machine was found and kept aside. */
  get movedAside(): boolean {
    return this.#note.movedAside ?? false;
  }

  /** The oldest number that can still be read; 0 while nothing was ever appended. */
  get oldest(): number {
    return this.#segments[0]?.first ?? (this.newest === 0 ? 0 : this.newest + 1);
  }

  /** The newest number synced to disk; 0 while nothing was ever appended. */
  get newest(): number {
    return this.#next - 1;
  }

  get committed(): number {
    return this.#note.committed;
  }

  get bytes(): number {
    return this.#segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Resolves to the record's number once it is on disk. Rejects with AppError `journal-full` (nothing lesser could give way),
   * `journal-io`, `journal-busy`, `record-too-large`, `journal-closed`.
   */
  append(kind: string, json: string): Promise<number> {
    if (this.#isClosed) return Promise.reject(new AppError("journal-closed", "the journal is closed"));
    if (Buffer.byteLength(json) > RECORD_BYTES_MAX) {
      return Promise.reject(new AppError("record-too-large", `a record of more than ${RECORD_BYTES_MAX} bytes`));
    }
    if (this.#waiting.length >= UNSYNCED_RECORDS_MAX) {
      return Promise.reject(new AppError("journal-busy", "too many records wait for the disk"));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ kind, json, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /**
   * Consecutive records from the number `from`, at most 500 and 64 KiB together; empty when there are none yet. What is
   * missing on the way is a gap line that occupies its range. `last` is the number that the last line occupies.
   */
  async read(from: number): Promise<{ lines: JournalLine[]; last: number }> {
    const lines: JournalLine[] = [];
    let bytes = 0;
    let next = from;
    while (next <= this.newest && lines.length < BATCH_RECORDS_MAX) {
      const line = await this.#lineAt(next);
      bytes += Buffer.byteLength(line.json) + 1;
      if (lines.length > 0 && bytes > BATCH_BYTES_MAX - 512) break;
      lines.push(line);
      next = lastNumberOf(line.number, line.kind === "gap" ? JSON.parse(line.json) : undefined) + 1;
    }
    this.#sentThrough = Math.max(this.#sentThrough, next - 1);
    return { lines, last: next - 1 };
  }

  /** The centre has committed everything up to `through`, in the incarnation `db`; may go back after a restore. */
  async commit(through: number, db: string): Promise<void> {
    const isNews = db !== this.#note.db;
    this.#note = { ...this.#note, committed: Math.min(through, this.newest), db };
    if (through < this.#sentThrough && isNews) this.#sentThrough = through;
    const now = this.#clock.monotonic();
    if (!isNews && now - this.#noteAt < NOTE_EVERY_MS) return;
    this.#noteAt = now;
    await this.#writeNote();
    await this.trim();
  }

  /** Removes what is committed and older than the replay window, or over the bound. */
  async trim(): Promise<void> {
    const oldest = this.#clock.now() - this.#replayMs;
    while (this.#segments.length > 1) {
      const [first] = this.#segments as [Segment];
      const isSpare = first.last <= this.committed;
      if (!isSpare || (first.writtenAt > oldest && this.bytes <= this.#maxBytes)) return;
      await this.#removeOldest();
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#flushing;
    await this.#writeNote();
    await this.#files.close();
  }

  async #flush(): Promise<void> {
    // Appends made in one turn of the event loop are synced together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      await this.#write(group);
    }
    this.#flushing = undefined;
  }

  async #write(group: Waiting[]): Promise<void> {
    const lines = group.map(({ kind, json }, index) => ({ number: this.#next + index, kind, json }));
    const bytes = Buffer.from(lines.map(encodeLine).join(""));
    const worth = Math.max(...group.map(({ kind }) => worthOf(kind)));
    try {
      await this.#makeRoom(bytes.length, worth);
      await this.#writeBytes(lines, bytes, worth);
    } catch (cause) {
      const error = toJournalError(cause);
      // A group stands or falls together: a lesser record must not take a greater one down with it.
      if (error.code === "journal-full" && group.length > 1) return this.#writeByWorth(group);
      for (const { reject } of group) reject(error);
      return;
    }
    this.#next += lines.length;
    this.counters.appended += lines.length;
    for (const [index, { resolve }] of group.entries()) resolve((lines[index] as JournalLine).number);
  }

  async #writeByWorth(group: Waiting[]): Promise<void> {
    const worths = [...new Set(group.map(({ kind }) => worthOf(kind)))].sort((a, b) => b - a);
    const [highest] = worths;
    const isMixed = worths.length > 1;
    const half = Math.ceil(group.length / 2);
    const first = isMixed ? group.filter(({ kind }) => worthOf(kind) === highest) : group.slice(0, half);
    const rest = isMixed ? group.filter(({ kind }) => worthOf(kind) !== highest) : group.slice(half);
    await this.#write(first);
    await this.#write(rest);
  }

  async #writeBytes(lines: JournalLine[], bytes: Buffer, worth: number): Promise<void> {
    const segment = this.#segmentForWriting();
    try {
      await this.#files.append(segment.name, bytes);
      await this.#files.sync(segment.name);
    } catch (error) {
      await this.#undo(segment);
      if (!isFull(error)) throw error;
      if (!(await this.#giveWay(bytes.length, worth))) throw error;
      return this.#writeBytes(lines, bytes, worth);
    }
    segment.bytes += bytes.length;
    segment.last = (lines.at(-1) as JournalLine).number;
    segment.writtenAt = this.#clock.now();
    this.#tail.push(...lines);
  }

  #segmentForWriting(): Segment {
    const last = this.#segments.at(-1);
    if (last && last.bytes < SEGMENT_BYTES) return last;
    const segment = {
      name: segmentName(this.#next),
      first: this.#next,
      last: this.#next - 1,
      bytes: 0,
      writtenAt: this.#clock.now(),
    };
    this.#segments.push(segment);
    this.#tail = [];
    return segment;
  }

  /** A failed append may have left a part of its bytes. */
  async #undo(segment: Segment): Promise<void> {
    if (segment.bytes === 0) {
      this.#segments = this.#segments.filter((other) => other !== segment);
      await this.#files.remove(segment.name).catch(() => {});
      await this.#loadTail();
    } else await this.#files.truncate(segment.name, segment.bytes).catch(() => {});
  }

  async #makeRoom(bytes: number, worth: number): Promise<void> {
    while (this.bytes + bytes > this.#maxBytes) {
      if (!(await this.#giveWay(bytes, worth))) throw new AppError("journal-full", "the journal has reached its bound");
    }
  }

  /** Frees space: first what is committed, then the oldest records of less worth. False when there is nothing of the kind. */
  async #giveWay(_bytes: number, worth: number): Promise<boolean> {
    const [first] = this.#segments;
    if (first && this.#segments.length > 1 && first.last <= this.committed) {
      await this.#removeOldest();
      return true;
    }
    for (const segment of this.#segments) {
      if (await this.#sacrificeIn(segment, worth)) return true;
    }
    return false;
  }

  async #sacrificeIn(segment: Segment, worth: number): Promise<boolean> {
    if (segment.last <= this.#sentThrough) return false;
    const lines = await this.#linesOf(segment);
    const given = sacrifice(lines, worth, this.#sentThrough, this.#clock.now());
    if (given.count === 0) return false;
    const bytes = Buffer.from(given.lines.map(encodeLine).join(""));
    if (bytes.length >= segment.bytes) return false;
    await this.#files.remove(RESERVE_FILE).catch(() => {});
    await this.#files.replace(segment.name, bytes);
    segment.bytes = bytes.length;
    this.counters.sacrificed += given.count;
    this.#cached = undefined;
    if (segment === this.#segments.at(-1)) this.#tail = given.lines;
    await this.#reserve();
    return true;
  }

  async #removeOldest(): Promise<void> {
    const [first] = this.#segments;
    if (!first) return;
    await this.#files.remove(first.name);
    this.#segments.shift();
    this.#cached = undefined;
  }

  /** The line that covers a number up to `newest`; a gap where there is none. */
  async #lineAt(number: number): Promise<JournalLine> {
    const now = this.#clock.now();
    const segment = this.#segments.find(({ last }) => last >= number);
    if (!segment) return gapAt(number, this.newest, "journal-damaged", now, { count: this.newest - number + 1 });
    if (number < segment.first) {
      const reason = segment === this.#segments[0] ? "journal-expired" : "journal-damaged";
      return gapAt(number, segment.first - 1, reason, now, { count: segment.first - number });
    }
    const lines = await this.#linesOf(segment);
    const index = lowerBound(lines, number);
    const found = lines[index];
    if (found?.number === number) return found;
    const before = lines[index - 1];
    const covered = before?.kind === "gap" ? lastNumberOf(before.number, JSON.parse(before.json)) : 0;
    if (before && covered >= number) {
      const { body } = JSON.parse(before.json);
      return gapAt(number, covered, body.reason, now, { count: covered - number + 1 });
    }
    const until = (found?.number ?? segment.last + 1) - 1;
    return gapAt(number, until, "journal-damaged", now, { count: until - number + 1 });
  }

  async #linesOf(segment: Segment): Promise<JournalLine[]> {
    if (segment === this.#segments.at(-1)) return this.#tail;
    if (this.#cached?.name !== segment.name) {
      this.#cached = { name: segment.name, lines: readSegment(await this.#files.read(segment.name)).lines };
    }
    return this.#cached.lines;
  }

  async #recover(names: string[]): Promise<void> {
    const found = names.filter((name) => firstOfName(name) !== undefined).sort();
    for (const name of found) await this.#recoverSegment(name, name === found.at(-1));
    const lastNumber = this.#segments.at(-1)?.last ?? 0;
    this.#next = Math.max(lastNumber, this.#note.committed) + 1;
    await this.#loadTail();
    await this.#reserve();
  }

  async #recoverSegment(name: string, isLast: boolean): Promise<void> {
    const bytes = await this.#files.read(name);
    const { lines, damaged, damagedAtEnd, wholeBytes } = readSegment(bytes);
    if (isLast && wholeBytes < bytes.length) await this.#files.truncate(name, wholeBytes);
    this.counters.damaged += damaged;
    const first = firstOfName(name) as number;
    const line = lines.at(-1);
    const covered = line
      ? lastNumberOf(line.number, line.kind === "gap" ? JSON.parse(line.json) : undefined)
      : first - 1;
    // Damaged lines at the end were whole, so they may have been sent: their numbers are not used again.
    const last = covered + damagedAtEnd;
    if (last < first) return this.#files.remove(name);
    this.#segments.push({ name, first, last, bytes: wholeBytes, writtenAt: this.#clock.now() });
  }

  async #loadTail(): Promise<void> {
    const last = this.#segments.at(-1);
    this.#tail = last ? readSegment(await this.#files.read(last.name)).lines : [];
  }

  async #reserve(): Promise<void> {
    await this.#files.replace(RESERVE_FILE, Buffer.alloc(SEGMENT_BYTES)).catch(() => {});
  }

  async #writeNote(): Promise<void> {
    await this.#files.replace(NOTE_FILE, Buffer.from(JSON.stringify(this.#note))).catch(() => {});
  }
}

function isFull(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT";
}

function toJournalError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause;
  if (isFull(cause)) return new AppError("journal-full", "the disk is full", { cause });
  return new AppError("journal-io", `the journal cannot be written: ${(cause as Error).message}`, { cause });
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
