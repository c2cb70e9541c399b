/** Command and event codes of a ZKTeco terminal that this project uses or answers. */

export const COMMANDS = {
  connect: 1000,
  exit: 1001,
  version: 1100,
  authenticate: 1102,
  getTime: 201,
  setTime: 202,
  freeSizes: 50,
  option: 11,
  attendanceLog: 13,
  users: 9,
  writeUser: 8,
  deleteUser: 18,
  refresh: 1013,
  registerEvents: 500,
  prepareData: 1500,
  data: 1501,
  freeData: 1502,
  /** Asks for a table; the answer is the table itself or its size. */
  readTable: 1503,
  /** Asks for a piece of a prepared table. */
  readPiece: 1504,
} as const;

export const REPLIES = { ok: 2000, error: 2001, data: 2002, unauthorised: 2005 } as const;

/** What pushed events carry as their command: the one that registered them. */
export const EVENTS_COMMAND = COMMANDS.registerEvents;

/** Event bits of `registerEvents`; a pushed event carries one in its session field. */
export const EVENTS = { attendance: 1, finger: 2, enrolment: 8, button: 16, verified: 128, alarm: 512 } as const;

/**
 * Tables of `readTable` as 11 bytes: 1, table command, function code, argument. Templates (function 2) are no part of it: they
 * are never asked for.
 */
export const TABLES = {
  attendance: [COMMANDS.attendanceLog, 0],
  users: [COMMANDS.users, 5],
} as const;

export function encodeReadTable(table: keyof typeof TABLES): Uint8Array {
  const [command, functionCode] = TABLES[table];
  const bytes = Buffer.alloc(11);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt16LE(command, 1);
  bytes.writeUInt32LE(functionCode, 3);
  return bytes;
}

/** `readPiece`: first byte and number of bytes of the prepared table. */
export function encodeReadPiece(start: number, lengthBytes: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(start, 0);
  bytes.writeUInt32LE(lengthBytes, 4);
  return bytes;
}

/** Size of the prepared table, from the answer of `readTable`; undefined for what is none. */
export function decodePrepared(data: Uint8Array): number | undefined {
  if (data.length < 5) return undefined;
  return new DataView(data.buffer, data.byteOffset, data.length).getUint32(1, true);
}

/** The counts that a reader needs of `freeSizes`: 20 or more u32 little-endian. */
export interface FreeSizes {
  users: number;
  fingerprints: number;
  records: number;
  userCapacity: number;
  fingerprintCapacity: number;
  recordCapacity: number;
}

const SIZE_FIELDS: Record<keyof FreeSizes, number> = {
  users: 4,
  fingerprints: 6,
  records: 8,
  fingerprintCapacity: 14,
  userCapacity: 15,
  recordCapacity: 16,
};
const SIZE_FIELDS_MIN = 20;

export function decodeFreeSizes(data: Uint8Array): FreeSizes | undefined {
  if (data.length < SIZE_FIELDS_MIN * 4) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const entries = Object.entries(SIZE_FIELDS).map(([name, index]) => [name, view.getUint32(index * 4, true)]);
  return Object.fromEntries(entries) as FreeSizes;
}
