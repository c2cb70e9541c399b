/** The command table: a new command is a row. Both ends use it, the reader on one side and the simulated clock on the other. */
import { ascii, type Codec, fixed, NOTHING, unsigned } from "./codec.ts";
import { encodeFrame, type TcbReply, type TcbRequest } from "./frame.ts";
import { IDENTITY } from "./identity.ts";
import { CAPACITY, CLEAR_REQUEST, COUNTS, PAGE_REQUEST } from "./memory.ts";
import { PAGE, RECORD } from "./record.ts";
import { SETTINGS, SETTINGS_CHANGE } from "./settings.ts";
import { CLOCK_TIME } from "./time.ts";

interface Row<Request, Reply> {
  /** 0..7F */
  code: number;
  request: Codec<Request>;
  reply: Codec<Reply>;
}

function row<Request, Reply>(code: number, request: Codec<Request>, reply: Codec<Reply>): Row<Request, Reply> {
  return { code, request, reply };
}

/** Bytes that nothing here needs to understand. */
function opaque(lengthBytes: number): Codec<Uint8Array> {
  return fixed<Uint8Array>(
    lengthBytes,
    (bytes, value) => bytes.set(value),
    (bytes) => Uint8Array.from(bytes),
  );
}

export const COMMANDS = {
  identify: row(0x30, NOTHING, IDENTITY),
  getSettings: row(0x32, NOTHING, SETTINGS),
  setSettings: row(0x33, SETTINGS_CHANGE, NOTHING),
  getTime: row(0x38, NOTHING, CLOCK_TIME),
  setTime: row(0x39, CLOCK_TIME, NOTHING),
  counts: row(0x3c, NOTHING, COUNTS),
  page: row(0x40, PAGE_REQUEST, PAGE),
  clear: row(0x4e, CLEAR_REQUEST, unsigned(3)),
  capacity: row(0x5d, NOTHING, CAPACITY),
  deviceId: row(0x74, NOTHING, unsigned(4)),
  model: row(0x48, NOTHING, ascii(8)),
  serial: row(0x24, NOTHING, ascii(16)),
  /** Unasked, shaped as a reply; no acknowledgement of it exists. */
  push: row(0x5f, NOTHING, RECORD),
  /** Unasked, shaped as a reply. */
  started: row(0x13, NOTHING, opaque(16)),
  /** From the device, every 5 minutes; the answer carries nothing. */
  heartbeat: row(0x7f, NOTHING, NOTHING),
} as const;

export type CommandName = keyof typeof COMMANDS;
export type RequestOf<Name extends CommandName> = ValueOf<(typeof COMMANDS)[Name]["request"]>;
export type ReplyOf<Name extends CommandName> = ValueOf<(typeof COMMANDS)[Name]["reply"]>;
type ValueOf<C> = C extends Codec<infer Value> ? Value : never;

/** RET of a reply. Any value but `done` is a refusal, which is an answer: the line is in order. */
export const STATUS = {
  done: 0x00,
  failed: 0x01,
  full: 0x04,
  empty: 0x05,
  noSuchUser: 0x06,
  timeout: 0x08,
  userExists: 0x0a,
  fingerExists: 0x0b,
  usbLocked: 0x0f,
} as const;

/**
 * Commands whose data is biometric: photos (2B, 2C), fingerprint and face templates (44, 45), enrolment at the device (5C)
 * and feature values (78). Never requested; a frame of them is dropped unread.
 */
const BIOMETRIC_CODES: ReadonlySet<number> = new Set([0x2b, 0x2c, 0x44, 0x45, 0x5c, 0x78]);

export function isBiometric(command: number): boolean {
  return BIOMETRIC_CODES.has(command);
}

const NAMES = new Map<number, CommandName>(
  Object.entries(COMMANDS).map(([name, { code }]) => [code, name as CommandName]),
);

/** The row of a command code (without the reply bit); undefined for one that the table does not have. */
export function commandNameOf(code: number): CommandName | undefined {
  return NAMES.get(code);
}

export function requestCodec<Name extends CommandName>(name: Name): Codec<RequestOf<Name>> {
  return COMMANDS[name].request as unknown as Codec<RequestOf<Name>>;
}

export function replyCodec<Name extends CommandName>(name: Name): Codec<ReplyOf<Name>> {
  return COMMANDS[name].reply as unknown as Codec<ReplyOf<Name>>;
}

/** Throws RangeError for a value that does not fit. */
export function requestFrame<Name extends CommandName>(name: Name, device: number, value: RequestOf<Name>): TcbRequest {
  return { shape: "request", device, command: COMMANDS[name].code, data: requestCodec(name).encode(value) };
}

/** A reply with status `done`. Throws RangeError for a value that does not fit. */
export function replyFrame<Name extends CommandName>(name: Name, device: number, value: ReplyOf<Name>): TcbReply {
  const data = replyCodec(name).encode(value);
  return { shape: "reply", device, command: COMMANDS[name].code, status: STATUS.done, data };
}

/** The bytes of requestFrame. */
export function encodeRequest<Name extends CommandName>(
  name: Name,
  device: number,
  value: RequestOf<Name>,
): Uint8Array {
  return encodeFrame(requestFrame(name, device, value));
}

/** The bytes of replyFrame. */
export function encodeReply<Name extends CommandName>(name: Name, device: number, value: ReplyOf<Name>): Uint8Array {
  return encodeFrame(replyFrame(name, device, value));
}

/** A refusal: any status but `done`, and no data. */
export function encodeRefusal(command: number, device: number, status: number): Uint8Array {
  return encodeFrame({ shape: "reply", device, command, status, data: new Uint8Array() });
}
