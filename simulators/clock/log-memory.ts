/** A clock's record memory: 14-byte records in order, marks for what is new, and a full memory that takes no more. */
import { RECORD_EPOCH_MS } from "./local-time.ts";

export const RECORD_BYTES = 14;

/** One record as the clock keeps it. */
export interface LogEntry {
  user: number;
  /** On the clock's dial, whole seconds. */
  dialMs: number;
  /** Bit mask: 1 finger 1, 2 finger 2, 4 password, 8 card. */
  backup: number;
  /** In/out key. */
  type: number;
  workCode: number;
}

interface Row {
  bytes: Uint8Array;
  isNew: boolean;
}

/** user u40, seconds u32, backup, type, work code u24; big-endian. */
export function encodeEntry(entry: LogEntry): Uint8Array {
  const bytes = Buffer.alloc(RECORD_BYTES);
  bytes.writeUIntBE(entry.user, 0, 5);
  bytes.writeUInt32BE(Math.max(0, Math.floor((entry.dialMs - RECORD_EPOCH_MS) / 1_000)), 5);
  bytes.writeUInt8(entry.backup, 9);
  bytes.writeUInt8(entry.type, 10);
  bytes.writeUIntBE(entry.workCode, 11, 3);
  return bytes;
}

export class LogMemory {
  readonly capacity: number;
  #rows: Row[] = [];

  constructor(capacity: number) {
    this.capacity = capacity;
  }

  get count(): number {
    return this.#rows.length;
  }

  get room(): number {
    return this.capacity - this.#rows.length;
  }

  get newCount(): number {
    return this.#rows.reduce((count, row) => count + (row.isNew ? 1 : 0), 0);
  }

  /** False when the memory is full: the record is not kept, and none is overwritten. */
  append(bytes: Uint8Array, isNew = true): boolean {
    if (this.#rows.length >= this.capacity) return false;
    this.#rows.push({ bytes, isNew });
    return true;
  }

  /** Up to `limit` records from position `from` on, and the position behind the last one looked at. */
  page(from: number, limit: number, onlyNew: boolean): { records: Uint8Array[]; next: number } {
    const records: Uint8Array[] = [];
    let next = from;
    for (; next < this.#rows.length && records.length < limit; next++) {
      const row = this.#rows[next];
      if (row && (row.isNew || !onlyNew)) records.push(row.bytes);
    }
    return { records, next };
  }

  /** Takes the mark from the oldest `limit` new records; returns from how many. */
  unmark(limit: number): number {
    let unmarked = 0;
    for (const row of this.#rows) {
      if (unmarked >= limit) break;
      if (!row.isNew) continue;
      row.isNew = false;
      unmarked++;
    }
    return unmarked;
  }

  /** Takes the mark from the record that was made last. */
  unmarkNewest(): void {
    const newest = this.#rows.at(-1);
    if (newest) newest.isNew = false;
  }

  /** Deletes everything; returns how many records there were. */
  clear(): number {
    const count = this.#rows.length;
    this.#rows = [];
    return count;
  }
}
