/**
 * What a clock says of itself (command 30), 18 bytes.
 *
 *     firmware[8] | password[3] | sleep | volume | language | date format | attendance state | language flag | command version
 *
 * The password's top nibble is its number of digits, the other 20 bits are its value.
 */
import { type Codec, fixed, readAscii, writeAscii } from "./codec.ts";

export interface TcbIdentity {
  firmware: string;
  /** The communication password is a secret: it is decoded only so that the bytes can be written again. */
  password: { digits: number; value: number };
  sleepMinutes: number;
  volume: number;
  /** 0 is simplified Chinese. */
  language: number;
  dateFormat: number;
  attendanceState: number;
  languageFlag: number;
  /** From 02 on the commands 24 and 25 (serial number) exist. */
  commandVersion: number;
}

const FIRMWARE_BYTES = 8;
const PASSWORD_VALUE_BITS = 20;
const SINGLE_BYTES = [
  "sleepMinutes",
  "volume",
  "language",
  "dateFormat",
  "attendanceState",
  "languageFlag",
  "commandVersion",
] as const;
const SINGLES_AT = FIRMWARE_BYTES + 3;

export const IDENTITY: Codec<TcbIdentity> = fixed(SINGLES_AT + SINGLE_BYTES.length, writeIdentity, readIdentity);

function writeIdentity(bytes: Buffer, identity: TcbIdentity): void {
  writeAscii(bytes, 0, FIRMWARE_BYTES, identity.firmware);
  const { digits, value } = identity.password;
  bytes.writeUIntBE((digits << PASSWORD_VALUE_BITS) | value, FIRMWARE_BYTES, 3);
  for (const [index, name] of SINGLE_BYTES.entries()) bytes.writeUInt8(identity[name], SINGLES_AT + index);
}

function readIdentity(bytes: Buffer): TcbIdentity {
  const password = bytes.readUIntBE(FIRMWARE_BYTES, 3);
  const single = (name: (typeof SINGLE_BYTES)[number]) => bytes.readUInt8(SINGLES_AT + SINGLE_BYTES.indexOf(name));
  return {
    firmware: readAscii(bytes, 0, FIRMWARE_BYTES),
    password: { digits: password >>> PASSWORD_VALUE_BITS, value: password & ((1 << PASSWORD_VALUE_BITS) - 1) },
    sleepMinutes: single("sleepMinutes"),
    volume: single("volume"),
    language: single("language"),
    dateFormat: single("dateFormat"),
    attendanceState: single("attendanceState"),
    languageFlag: single("languageFlag"),
    commandVersion: single("commandVersion"),
  };
}
