/**
 * The commands of an EF01 module that this project sends, as requests and the content of their acknowledgements. Those that
 * carry an image or a template to or from the host (08 to 0B) are not in the table: templates stay in the module.
 */
import { DEFAULT_ADDRESS, encodePacket } from "./packet.ts";

export const COMMANDS = {
  capture: 0x01,
  toFeatures: 0x02,
  search: 0x04,
  buildTemplate: 0x05,
  store: 0x06,
  remove: 0x0c,
  empty: 0x0d,
  setParameter: 0x0e,
  readParameters: 0x0f,
  verifyPassword: 0x13,
  count: 0x1d,
  readIndex: 0x1f,
  /** R503 only. */
  light: 0x35,
  /** R503 only. */
  handshake: 0x40,
} as const;
export type CommandName = keyof typeof COMMANDS;

/** First byte of an acknowledgement. */
export const CONFIRMATION = {
  ok: 0x00,
  receiveError: 0x01,
  noFinger: 0x02,
  imageFailed: 0x03,
  tooMessy: 0x06,
  tooFewPoints: 0x07,
  noMatch: 0x08,
  notFound: 0x09,
  combineFailed: 0x0a,
  badLocation: 0x0b,
  wrongPassword: 0x13,
  flashError: 0x18,
  badAddress: 0x20,
  passwordNeeded: 0x21,
  libraryEmpty: 0x24,
  timeout: 0x26,
  unsupported: 0xfc,
} as const;

export type Confirmation = keyof typeof CONFIRMATION;

export function confirmationOf(code: number): Confirmation | undefined {
  return (Object.keys(CONFIRMATION) as Confirmation[]).find((name) => CONFIRMATION[name] === code);
}

/** A whole command packet. */
export function encodeCommand(name: CommandName, data: readonly number[] = [], address = DEFAULT_ADDRESS): Uint8Array {
  return encodePacket({ address, type: "command", content: Uint8Array.from([COMMANDS[name], ...data]) });
}

/** A whole acknowledgement packet. */
export function encodeAcknowledgement(
  confirmation: Confirmation,
  data: readonly number[] = [],
  address = DEFAULT_ADDRESS,
): Uint8Array {
  const content = Uint8Array.from([CONFIRMATION[confirmation], ...data]);
  return encodePacket({ address, type: "acknowledgement", content });
}

export interface Parameters {
  status: number;
  systemId: number;
  /** Templates that the library holds at most. */
  librarySize: number;
  securityLevel: number;
  address: number;
  /** 32, 64, 128 or 256. */
  dataBytes: number;
  /** N x 9600. */
  baudRate: number;
}

/** The 16 bytes that follow the confirmation of `readParameters`. */
export function decodeParameters(data: Uint8Array): Parameters | undefined {
  if (data.length !== 16) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const sizeCode = view.getUint16(12);
  const multiple = view.getUint16(14);
  if (sizeCode > 3 || multiple < 1 || multiple > 12) return undefined;
  return {
    status: view.getUint16(0),
    systemId: view.getUint16(2),
    librarySize: view.getUint16(4),
    securityLevel: view.getUint16(6),
    address: view.getUint32(8),
    dataBytes: 32 << sizeCode,
    baudRate: multiple * 9600,
  };
}

export function encodeParameters(parameters: Parameters): number[] {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16BE(parameters.status, 0);
  bytes.writeUInt16BE(parameters.systemId, 2);
  bytes.writeUInt16BE(parameters.librarySize, 4);
  bytes.writeUInt16BE(parameters.securityLevel, 6);
  bytes.writeUInt32BE(parameters.address, 8);
  bytes.writeUInt16BE(Math.log2(parameters.dataBytes / 32), 12);
  bytes.writeUInt16BE(parameters.baudRate / 9600, 14);
  return [...bytes];
}

/** `search`: buffer 1 or 2, first page, number of pages. */
export function searchData(buffer: 1 | 2, start: number, count: number): number[] {
  return [buffer, start >> 8, start & 0xff, count >> 8, count & 0xff];
}

/** Page and score that follow the confirmation of `search`. */
export function decodeMatch(data: Uint8Array): { page: number; score: number } | undefined {
  if (data.length !== 4) return undefined;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  return { page: view.getUint16(0), score: view.getUint16(2) };
}

/** `store`: buffer and page. */
export function storeData(buffer: 1 | 2, page: number): number[] {
  return [buffer, page >> 8, page & 0xff];
}

/** `remove`: first page and number of pages. */
export function removeData(page: number, count: number): number[] {
  return [page >> 8, page & 0xff, count >> 8, count & 0xff];
}

export const LIGHT_MODE = {
  breathing: 0x01,
  flashing: 0x02,
  on: 0x03,
  off: 0x04,
  gradualOn: 0x05,
  gradualOff: 0x06,
} as const;
export const LIGHT_COLOUR = {
  red: 0x01,
  blue: 0x02,
  purple: 0x03,
  green: 0x04,
  yellow: 0x05,
  cyan: 0x06,
  white: 0x07,
} as const;

/** `light` (R503): mode, speed 0..255, colour, times 0 = for ever. */
export function lightData(
  mode: keyof typeof LIGHT_MODE,
  speed: number,
  colour: keyof typeof LIGHT_COLOUR,
  times: number,
): number[] {
  return [LIGHT_MODE[mode], speed, LIGHT_COLOUR[colour], times];
}

/** `verifyPassword`: four bytes, 0 from the factory. */
export function passwordData(password: number): number[] {
  return [(password >>> 24) & 0xff, (password >>> 16) & 0xff, (password >>> 8) & 0xff, password & 0xff];
}
