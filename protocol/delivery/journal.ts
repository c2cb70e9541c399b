/**
 * The journal of a source: records on disk until the centre has committed them, and a while longer in case it loses them.
 * Appends are synced in groups; numbers rise by one; what is lost is a gap record with its range and reason, never silence.
 */
import { AppError } from "../errors.ts";
import { type Log, SILENT_LOG } from "../log.ts";
import { BATCH_BYTES_MAX, BATCH_RECORDS_MAX, RECORD_BYTES_MAX } from "../messages/limits.ts";
import { randomId } from "../random-id.ts";
import type { Clock, Random } from "../time.ts";
import { isDiskFull, toJournalError } from "./journal-error.ts";
import type { JournalFiles } from "./journal-files.ts";
import type { JournalLine } from "./journal-line.ts";
import { encodeNote, type JournalNote } from "./journal-note.ts";
import { moveAside, NOTE_FILE, readNote } from "./journal-owner.ts";
import { worthOf } from "./sacrifice.ts";
import { lastOf, SEGMENT_BYTES, Segments } from "./segments.ts";
import { countWithin, splitByWorth, type Waiting } from "./waiting.ts";

export const UNSYNCED_RECORDS_MAX = 20_000;
const DAY_MS = 24 * 60 * 60 * 1000;
/** The note of what is committed is only a hint (the centre knows), so it is written now and then. */
const NOTE_EVERY_MS = 10_000;
/** Bytes of a batch that are not records. */
const ENVELOPE_BYTES_MAX = 512;

export interface JournalOptions {
  files: JournalFiles;
  clock: Clock;
  random: Random;
  log?: Log;
  /** Hash of the hardware ids that the journal belongs to, 16 hex digits. */
  machine: string;
  /** How long committed records are kept for a replay. Default 7 days. */
  replayMs?: number;
  /** Most bytes of records on disk. Default 256 MiB. */
  maxBytes?: number;
}

export interface JournalCounters {
  appended: number;
  damaged: number;
  sacrificed: number;
}

export class Journal {
  /** True when a journal of another machine was found at opening and kept aside. */
  readonly movedAside: boolean;
  readonly #files: JournalFiles;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  readonly #maxBytes: number;
  readonly #segments: Segments;
  #replayMs: number;
  #note: JournalNote;
  #noteAt = 0;
  #appended = 0;
  readonly #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;
  /** Everything that reads or changes segments, one after the other. */
  #work: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  #sentThrough = 0;

  private constructor(options: JournalOptions, segments: Segments, note: JournalNote, movedAside: boolean) {
    this.#files = options.files;
    this.#clock = options.clock;
    this.#random = options.random;
    this.#log = options.log ?? SILENT_LOG;
    this.#replayMs = options.replayMs ?? 7 * DAY_MS;
    this.#maxBytes = options.maxBytes ?? 256 * 1024 * 1024;
    this.#segments = segments;
    this.#note = note;
    this.movedAside = movedAside;
  }

  /**
   * Opens or makes the journal. One that belongs to another machine is kept aside and a new one begun (`movedAside`).
   * Rejects with AppError `journal-io` or `journal-full`.
   */
  static async open(options: JournalOptions): Promise<Journal> {
    try {
      const names = await options.files.list();
      const segments = new Segments({ log: SILENT_LOG, ...options });
      const stored = await readNote(options.files, names);
      if (stored?.machine === options.machine) {
        await segments.recover(names, Math.max(stored.committed, stored.newest), stored.epoch);
        return new Journal(options, segments, stored, false);
      }
      const movedAside = await moveAside(options.files, names, stored?.epoch ?? "unknown");
      const { machine } = options;
      const note = { epoch: randomId(options.random), base: 0, machine, committed: 0, newest: 0 };
      await options.files.replace(NOTE_FILE, encodeNote(note));
      await segments.keepReserve();
      return new Journal(options, segments, note, movedAside);
    } catch (cause) {
      throw toJournalError(cause);
    }
  }

  get epoch(): string {
    return this.#note.epoch;
  }

  /** On the wire a record's number is its number here less so much: 0 until the first `beginEpoch`. */
  get base(): number {
    return this.#note.base;
  }

  /** The database incarnation that acknowledged last; undefined before the first. */
  get db(): string | undefined {
    return this.#note.db;
  }

  /** The oldest number of this epoch that can still be read; 0 while nothing was ever appended. */
  get oldest(): number {
    const { oldest } = this.#segments;
    return oldest === 0 ? 0 : Math.max(oldest, this.base + 1);
  }

  /** The newest number synced to disk; 0 while nothing was ever appended. */
  get newest(): number {
    return this.#segments.newest;
  }

  get committed(): number {
    return this.#note.committed;
  }

  get bytes(): number {
    return this.#segments.bytes;
  }

  get counters(): JournalCounters {
    const { damaged, sacrificed } = this.#segments;
    return { appended: this.#appended, damaged, sacrificed };
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
   * Rejects with AppError `journal-io`.
   */
  read(from: number): Promise<{ lines: JournalLine[]; last: number }> {
    // In turn with what changes segments: a record that is being read neither gives way nor goes.
    return this.#exclusive(async () => {
      const lines: JournalLine[] = [];
      let bytes = 0;
      let next = from;
      while (next <= this.newest && lines.length < BATCH_RECORDS_MAX) {
        const line = await this.#segments.lineAt(next).catch((cause: unknown) => {
          throw toJournalError(cause);
        });
        bytes += Buffer.byteLength(line.json) + 1;
        if (lines.length > 0 && bytes > BATCH_BYTES_MAX - ENVELOPE_BYTES_MAX) break;
        lines.push(line);
        next = lastOf(line) + 1;
      }
      this.#sentThrough = Math.max(this.#sentThrough, next - 1);
      return { lines, last: next - 1 };
    });
  }

  /** The centre has committed everything up to `through`, in the incarnation `db`; may go back after a restore. Never rejects. */
  async commit(through: number, db: string): Promise<void> {
    const isNews = db !== this.#note.db;
    this.#note = { ...this.#note, committed: Math.min(through, this.newest), db };
    if (through < this.#sentThrough && isNews) this.#sentThrough = through;
    const now = this.#clock.monotonic();
    if (!isNews && now - this.#noteAt < NOTE_EVERY_MS) return;
    this.#noteAt = now;
    await this.trim();
  }

  /** Saves what is committed; removes what is committed and older than the replay window, or over the bound. Never rejects. */
  async trim(): Promise<void> {
    const before = this.#clock.now() - this.#replayMs;
    try {
      await this.#exclusive(async () => {
        await this.#writeNote();
        await this.#segments.trim(this.committed, before, this.#maxBytes);
      });
    } catch (error) {
      this.#log.warn({ err: error }, "the journal cannot be tidied");
    }
  }

  setReplayMs(replayMs: number): void {
    this.#replayMs = replayMs;
  }

  /**
   * Binds the epoch to the identity that it is sent under (a hash of its key). Another identity is another source to the centre: it begins
   * a new epoch with what is not committed yet. Rejects with AppError `journal-full` or `journal-io`; then nothing has changed.
   */
  async bindTo(identity: string): Promise<void> {
    const { identity: before, epoch, base } = this.#note;
    if (before === identity) return;
    const isOther = before !== undefined && this.newest > base;
    try {
      await this.#exclusive(async () => {
        this.#note = { ...this.#note, identity, ...(isOther ? this.#nextEpoch() : {}) };
        await this.#writeNote();
        if (isOther) this.#segments.seal();
      });
    } catch (cause) {
      const { identity: _, ...rest } = this.#note;
      this.#note = { ...rest, epoch, base, ...(before === undefined ? {} : { identity: before }) };
      throw toJournalError(cause);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#flushing;
    await this.trim();
    await this.#files.close();
  }

  #nextEpoch(): Pick<JournalNote, "epoch" | "base"> {
    return { epoch: randomId(this.#random), base: this.committed };
  }

  async #flush(): Promise<void> {
    // Appends made in one turn of the event loop are synced together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, countWithin(this.#waiting, SEGMENT_BYTES));
      await this.#exclusive(() => this.#write(group));
    }
    this.#flushing = undefined;
  }

  /** Never rejects: each append hears of its own. */
  async #write(group: readonly Waiting[]): Promise<void> {
    try {
      const first = await this.#writeGroup(group);
      this.#appended += group.length;
      for (const [index, { resolve }] of group.entries()) resolve(first + index);
    } catch (cause) {
      const error = toJournalError(cause);
      // A group stands or falls together: a lesser record must not take a greater one down with it.
      if (error.code === "journal-full" && group.length > 1) {
        for (const part of splitByWorth(group)) await this.#write(part);
      } else {
        for (const { reject } of group) reject(error);
      }
    }
  }

  /** Resolves to the first number. Lesser records give way until there is room. */
  async #writeGroup(group: readonly Waiting[]): Promise<number> {
    const worth = Math.max(...group.map(({ kind }) => worthOf(kind)));
    const bytes = group.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0);
    const giveWay = () => this.#segments.giveWay(worth, this.committed, this.#sentThrough);
    while (this.bytes + bytes > this.#maxBytes) {
      if (!(await giveWay())) throw new AppError("journal-full", "the journal has reached its bound");
    }
    for (;;) {
      const first = this.newest + 1;
      const lines = group.map(({ kind, json }, index) => ({ number: first + index, kind, json }));
      try {
        await this.#segments.write(lines, this.#note);
        return first;
      } catch (error) {
        if (!isDiskFull(error) || !(await giveWay())) throw error;
      }
    }
  }

  async #writeNote(): Promise<void> {
    this.#note = { ...this.#note, newest: this.newest };
    await this.#files.replace(NOTE_FILE, encodeNote(this.#note));
  }

  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#work.then(work);
    this.#work = result.catch(() => undefined);
    return result;
  }
}
