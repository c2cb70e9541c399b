/** How a simulated terminal writes its records and users: the terminal's own words, not the reader's. */
import type { LogEntry } from "../clock/log-memory.ts";

export type EntrySize = 8 | 16 | 40;
export type UserSize = 28 | 72;

/** Seconds in a calendar in which every month has 31 days, from 2000 on. */
export function packTime(dialMs: number): number {
  const date = new Date(dialMs);
  const months = (date.getUTCFullYear() - 2000) * 12 + date.getUTCMonth();
  const days = months * 31 + date.getUTCDate() - 1;
  return days * 86_400 + (Math.floor(dialMs / 1000) % 86_400);
}

/** The inverse, as ms on the dial. */
export function unpackTime(value: number): number {
  const days = Math.floor(value / 86_400);
  const months = Math.floor(days / 31);
  return Date.UTC(2000 + Math.floor(months / 12), months % 12, (days % 31) + 1) + (value % 86_400) * 1000;
}

/** `uid`: the terminal's internal number of the user. */
export function writeEntry(size: EntrySize, uid: number, entry: LogEntry): Uint8Array {
  const bytes = Buffer.alloc(size);
  const time = packTime(entry.dialMs);
  if (size === 8) {
    bytes.writeUInt16LE(uid, 0);
    bytes[2] = entry.backup;
    bytes.writeUInt32LE(time, 3);
    bytes[7] = entry.type;
  } else if (size === 16) {
    bytes.writeUInt32LE(entry.user, 0);
    bytes.writeUInt32LE(time, 4);
    bytes[8] = entry.backup;
    bytes[9] = entry.type;
    bytes.writeUInt32LE(entry.workCode, 12);
  } else {
    bytes.writeUInt16LE(uid, 0);
    bytes.write(String(entry.user), 2, 24, "latin1");
    bytes[26] = entry.backup;
    bytes.writeUInt32LE(time, 27);
    bytes[31] = entry.type;
  }
  return bytes;
}

/** The event: user in 24 characters, or as a number in old firmware. */
export function writeEvent(size: EntrySize, entry: LogEntry): Uint8Array {
  const date = new Date(entry.dialMs);
  const user = Buffer.alloc(size === 40 ? 24 : 4);
  if (size === 40) user.write(String(entry.user), "latin1");
  else user.writeUInt32LE(entry.user);
  const time = [
    date.getUTCFullYear() - 2000,
    date.getUTCMonth() + 1,
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  ];
  return Buffer.concat([user, Uint8Array.from([entry.backup, entry.type, ...time])]);
}

/** The name in whatever charset the terminal is set to, cut to its field. */
export function writeUser(size: UserSize, uid: number, user: number, name: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(size);
  bytes.writeUInt16LE(uid, 0);
  if (size === 28) {
    bytes.set(name.subarray(0, 8), 8);
    bytes.writeUInt32LE(user, 24);
  } else {
    bytes.set(name.subarray(0, 24), 11);
    bytes.write(String(user), 48, 24, "latin1");
  }
  return bytes;
}

/** The inverse; undefined for another length, or an id that is no number: simulated people have numbers. */
export function readUser(
  size: UserSize,
  bytes: Uint8Array,
): { uid: number; user: number; name: Uint8Array } | undefined {
  if (bytes.length !== size) return undefined;
  const row = Buffer.from(bytes);
  const user = size === 28 ? row.readUInt32LE(24) : Number(row.toString("latin1", 48).replace(/\0.*$/s, ""));
  const name = size === 28 ? row.subarray(8, 16) : row.subarray(11, 35);
  const end = name.indexOf(0);
  if (!Number.isSafeInteger(user) || user < 1) return undefined;
  return { uid: row.readUInt16LE(0), user, name: Uint8Array.from(end < 0 ? name : name.subarray(0, end)) };
}

/** With its size before it, as every table is sent. */
export function tableOf(rows: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(rows);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(body.length, 0);
  return Buffer.concat([size, body]);
}
