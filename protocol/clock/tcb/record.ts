/**
 * One attendance record, 14 bytes, the same in a live push and in the log.
 *
 *     user[5] | seconds[4] | how verified[1] | kind[1] | work code[3]        big-endian
 */
import { asBuffer, type Codec, fixed } from "./codec.ts";

export const RECORD_BYTES = 14;
/** Command 40 gives at most so many in one page. */
export const PAGE_RECORDS_MAX = 25;

export interface TcbRecord {
  /** User id on the clock, 0..FFFFFFFFFF. */
  user: number;
  /** Since 2000-01-02T00:00:00 in the device's local time (see time.ts), 0..FFFFFFFF. */
  seconds: number;
  /** "Backup code": a bitmask, see VERIFIED_BY. */
  verified: number;
  /** Bit 7: the door opened; low 4 bits: in, out, break ... as the device numbers them. */
  kind: number;
  /** 0..FFFFFF. */
  workCode: number;
}

export const VERIFIED_BY = { finger1: 1, finger2: 2, password: 4, card: 8 } as const;

const DOOR_BIT = 0x80;
const TYPE_MASK = 0x0f;

export const RECORD: Codec<TcbRecord> = fixed(
  RECORD_BYTES,
  (bytes, record) => {
    bytes.writeUIntBE(record.user, 0, 5);
    bytes.writeUInt32BE(record.seconds, 5);
    bytes.writeUInt8(record.verified, 9);
    bytes.writeUInt8(record.kind, 10);
    bytes.writeUIntBE(record.workCode, 11, 3);
  },
  (bytes) => ({
    user: bytes.readUIntBE(0, 5),
    seconds: bytes.readUInt32BE(5),
    verified: bytes.readUInt8(9),
    kind: bytes.readUInt8(10),
    workCode: bytes.readUIntBE(11, 3),
  }),
);

/** A page of the log: `N`, then N records. A count that does not fit the length is a bad page, never a shorter one. */
export const PAGE: Codec<TcbRecord[]> = {
  encode: (records) => Buffer.concat([Buffer.of(records.length), ...records.map(RECORD.encode)]),
  decode(data) {
    const [count] = data;
    if (count === undefined) return { ok: false, code: "wrong-length" };
    if (count > PAGE_RECORDS_MAX || data.length !== 1 + count * RECORD_BYTES) return { ok: false, code: "bad-count" };
    const records: TcbRecord[] = [];
    for (const bytes of recordBytes(data)) {
      const record = RECORD.decode(bytes);
      if (!record.ok) return record;
      records.push(record.value);
    }
    return { ok: true, value: records };
  },
};

/** The raw bytes of each record of a good page. */
export function recordBytes(page: Uint8Array): Uint8Array[] {
  return Array.from({ length: page[0] ?? 0 }, (_, index) => {
    const at = 1 + index * RECORD_BYTES;
    return asBuffer(page).subarray(at, at + RECORD_BYTES);
  });
}

export type VerificationMethod = "finger" | "password" | "card" | "other";

/** The methods of the bitmask; `other` stands for bits that no document names. */
export function verificationMethods(verified: number): VerificationMethod[] {
  const methods: VerificationMethod[] = [];
  if (verified & (VERIFIED_BY.finger1 | VERIFIED_BY.finger2)) methods.push("finger");
  if (verified & VERIFIED_BY.password) methods.push("password");
  if (verified & VERIFIED_BY.card) methods.push("card");
  if (verified & 0xf0) methods.push("other");
  return methods;
}

/** The in/out key, 0..15. */
export function inOutType(kind: number): number {
  return kind & TYPE_MASK;
}

export function doorOpened(kind: number): boolean {
  return (kind & DOOR_BIT) !== 0;
}
