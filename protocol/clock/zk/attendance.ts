/**
 * Attendance records: log entries of 8, 16 or 40 bytes by firmware, and the pushed event. Little-endian.
 *
 *      8   uid u16 | status u8 | time u32 | punch u8
 *     16   user u32 | time u32 | status u8 | punch u8 | 2 reserved | work code u32
 *     40   uid u16 | user char[24] | status u8 | time u32 | punch u8 | 8 reserved
 *     push user char[24] | status u8 | punch u8 | yy mo dd hh mm ss
 *          user u32      | status u8 | punch u8 | yy mo dd hh mm ss     older firmware, 12 bytes
 */
import { decodeSixBytes, encodeSixBytes, encodeTime, showTime } from "./time.ts";

export const ENTRY_BYTES = [8, 16, 40] as const;
export type EntryBytes = (typeof ENTRY_BYTES)[number];

export interface ZkAttendance {
  /** The user id that people know; of an 8-byte entry the terminal's internal number. */
  user: string;
  /** `YYYY-MM-DDTHH:mm:ss`, local; may be a day that its month does not have. */
  deviceTime: string;
  /** How the user was verified, as the terminal numbers it. */
  status: number;
  /** The in/out key. */
  punch: number;
  workCode: number;
}

const USER_BYTES = 24;
const PUSH_BYTES = 32;
const OLD_PUSH_BYTES = 12;

/** Which entry size makes `tableBytes` hold `count` entries; undefined when none does. */
export function entryBytesOf(tableBytes: number, count: number): EntryBytes | undefined {
  return ENTRY_BYTES.find((size) => count > 0 && size * count === tableBytes);
}

export function decodeEntry(bytes: Uint8Array): ZkAttendance | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  switch (bytes.length) {
    case 8:
      return entry(String(view.getUint16(0, true)), view.getUint32(3, true), view.getUint8(2), view.getUint8(7), 0);
    case 16:
      return entry(
        String(view.getUint32(0, true)),
        view.getUint32(4, true),
        view.getUint8(8),
        view.getUint8(9),
        view.getUint32(12, true),
      );
    case 40:
      return entry(textOf(bytes, 2), view.getUint32(27, true), view.getUint8(26), view.getUint8(31), 0);
    default:
      return undefined;
  }
}

/** Encodes an entry (for the simulated terminal); throws RangeError for a user that the size cannot hold. */
export function encodeEntry(size: EntryBytes, { user, deviceTime, status, punch, workCode }: ZkAttendance): Uint8Array {
  const bytes = Buffer.alloc(size);
  const time = encodeTime(deviceTime);
  if (size === 8) {
    bytes.writeUInt16LE(Number(user), 0);
    bytes.writeUInt8(status, 2);
    bytes.writeUInt32LE(time, 3);
    bytes.writeUInt8(punch, 7);
  } else if (size === 16) {
    bytes.writeUInt32LE(Number(user), 0);
    bytes.writeUInt32LE(time, 4);
    bytes.writeUInt8(status, 8);
    bytes.writeUInt8(punch, 9);
    bytes.writeUInt32LE(workCode, 12);
  } else {
    writeUser(bytes, 2, user);
    bytes.writeUInt8(status, 26);
    bytes.writeUInt32LE(time, 27);
    bytes.writeUInt8(punch, 31);
  }
  return bytes;
}

/** The data of a pushed attendance event; undefined for another layout. */
export function decodePush(data: Uint8Array): ZkAttendance | undefined {
  const isOld = data.length === OLD_PUSH_BYTES;
  if (!isOld && data.length < PUSH_BYTES) return undefined;
  const user = isOld ? String(new DataView(data.buffer, data.byteOffset, 4).getUint32(0, true)) : textOf(data, 0);
  const at = isOld ? 4 : USER_BYTES;
  const [status = 0, punch = 0] = data.subarray(at);
  const deviceTime = decodeSixBytes(data.subarray(at + 2));
  return deviceTime === undefined ? undefined : { user, deviceTime, status, punch, workCode: 0 };
}

export function encodePush({ user, deviceTime, status, punch }: ZkAttendance): Uint8Array {
  const bytes = Buffer.alloc(PUSH_BYTES);
  writeUser(bytes, 0, user);
  bytes.set([status, punch, ...encodeSixBytes(deviceTime)], USER_BYTES);
  return bytes;
}

function entry(user: string, time: number, status: number, punch: number, workCode: number): ZkAttendance {
  return { user, deviceTime: showTime(time), status, punch, workCode };
}

function textOf(bytes: Uint8Array, at: number): string {
  const field = Buffer.from(bytes.buffer, bytes.byteOffset + at, USER_BYTES);
  const end = field.indexOf(0);
  return field.toString("latin1", 0, end === -1 ? USER_BYTES : end);
}

function writeUser(bytes: Buffer, at: number, user: string): void {
  if (user.length > USER_BYTES) throw new RangeError(`a user id longer than ${USER_BYTES} characters`);
  bytes.write(user, at, USER_BYTES, "latin1");
}
