/**
 * Users of a terminal, 28 or 72 bytes by firmware. Passwords are in the bytes and never in the value; names are GBK (or what
 * the terminal is configured for) and stay bytes here.
 *
 *     28   uid u16 | privilege u8 | password[5] | name[8]  | card u32 | - | group u8 | time zone u16 | user u32
 *     72   uid u16 | privilege u8 | password[8] | name[24] | card u32 | - | group[7] | - | user char[24]
 */

export const USER_BYTES = [28, 72] as const;
export type UserBytes = (typeof USER_BYTES)[number];

/** What the name's field holds. */
export const NAME_BYTES: Record<UserBytes, number> = { 28: 8, 72: 24 };
const ID_CHARACTERS_MAX = 24;
const ID_NUMBER_MAX = 0xffffffff;

export interface ZkUser {
  /** The terminal's internal number. */
  uid: number;
  /** 0 user, 14 administrator. */
  privilege: number;
  name: Uint8Array;
  card: number;
  user: string;
}

export function decodeUser(bytes: Uint8Array): ZkUser | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length === 28) {
    const name = untilZero(bytes.subarray(8, 16));
    return { ...head(view), name, card: view.getUint32(16, true), user: String(view.getUint32(24, true)) };
  }
  if (bytes.length === 72) {
    const user = Buffer.from(untilZero(bytes.subarray(48, 72))).toString("latin1");
    return { ...head(view), name: untilZero(bytes.subarray(11, 35)), card: view.getUint32(35, true), user };
  }
  return undefined;
}

/** Whether a user's id fits: up to 24 printable ASCII characters, or in 28 bytes a number of 32 bits that is written no other way. */
export function isUserId(user: string, size: UserBytes): boolean {
  if (size === 72) return user.length <= ID_CHARACTERS_MAX && /^[\x21-\x7e]+$/.test(user);
  return /^[1-9]\d{0,9}$/.test(user) && Number(user) <= ID_NUMBER_MAX;
}

/** Throws RangeError for a name or user id that does not fit. Password, group and time zone stay empty. */
export function encodeUser({ uid, privilege, name, card, user }: ZkUser, size: UserBytes = 72): Uint8Array {
  if (name.length > NAME_BYTES[size]) throw new RangeError(`a name longer than ${NAME_BYTES[size]} bytes`);
  if (!isUserId(user, size)) throw new RangeError("a user id that the terminal cannot hold");
  const bytes = Buffer.alloc(size);
  bytes.writeUInt16LE(uid, 0);
  bytes.writeUInt8(privilege, 2);
  if (size === 28) {
    bytes.set(name, 8);
    bytes.writeUInt32LE(card, 16);
    bytes.writeUInt32LE(Number(user), 24);
  } else {
    bytes.set(name, 11);
    bytes.writeUInt32LE(card, 35);
    bytes.write(user, 48, ID_CHARACTERS_MAX, "latin1");
  }
  return bytes;
}

function head(view: DataView): Pick<ZkUser, "uid" | "privilege"> {
  return { uid: view.getUint16(0, true), privilege: view.getUint8(2) };
}

function untilZero(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return Uint8Array.from(end === -1 ? bytes : bytes.subarray(0, end));
}
