/** The clock's memory: what it holds (3C), what fits (5D), reading pages of the log (40), and removing marks (4E). */
import { type Codec, fixed, unsignedFields } from "./codec.ts";
import { PAGE_RECORDS_MAX } from "./record.ts";

/** 6 x u24; `newRecords` is a hint: some models never take the mark off. */
export const COUNTS = unsignedFields(3, [
  "users",
  "fingerprints",
  "passwords",
  "cards",
  "records",
  "newRecords",
] as const);

/** 3 x u24. */
export const CAPACITY = unsignedFields(3, ["users", "fingerprints", "records"] as const);

export const PAGE_FROM = { continue: 0x00, oldest: 0x01, oldestNew: 0x02, resend: 0x10 } as const;
export type PageFrom = keyof typeof PAGE_FROM;

export interface PageRequest {
  /** Where to read: the next page, from the start of the log, from the first new record, or the last page again. */
  from: PageFrom;
  /** 1..25 records. */
  count: number;
}

export const PAGE_REQUEST: Codec<PageRequest> = fixed(
  2,
  (bytes, { from, count }) => {
    if (count > PAGE_RECORDS_MAX) throw new RangeError(`more than ${PAGE_RECORDS_MAX} records a page`);
    bytes.writeUInt8(PAGE_FROM[from], 0);
    bytes.writeUInt8(count, 1);
  },
  (bytes) => {
    const from = nameOf(PAGE_FROM, bytes.readUInt8(0));
    const count = bytes.readUInt8(1);
    return from && count <= PAGE_RECORDS_MAX ? { from, count } : undefined;
  },
);

export const CLEAR_WHAT = { deleteAll: 0, unmarkAllNew: 1, unmark: 2 } as const;
export type ClearWhat = keyof typeof CLEAR_WHAT;

/**
 * `unmark` takes the new mark off exactly the `count` oldest marked records. The other two exist on the wire and are never
 * sent: on a busy clock `unmarkAllNew` unmarked 6 where 1 had been read, and five punches were lost.
 */
export interface ClearRequest {
  what: ClearWhat;
  /** 0..FFFFFF */
  count: number;
}

export const CLEAR_REQUEST: Codec<ClearRequest> = fixed(
  4,
  (bytes, { what, count }) => {
    bytes.writeUInt8(CLEAR_WHAT[what], 0);
    bytes.writeUIntBE(count, 1, 3);
  },
  (bytes) => {
    const what = nameOf(CLEAR_WHAT, bytes.readUInt8(0));
    return what && { what, count: bytes.readUIntBE(1, 3) };
  },
);

function nameOf<Name extends string>(table: Record<Name, number>, code: number): Name | undefined {
  return (Object.keys(table) as Name[]).find((name) => table[name] === code);
}
