/**
 * The module's side of EF01 packets. Written from the manuals and sharing nothing with the reader's codec, so that a mistake in one
 * shows against the other.
 */

export const COMMAND = {
  CAPTURE: 0x01,
  FEATURES: 0x02,
  SEARCH: 0x04,
  BUILD: 0x05,
  STORE: 0x06,
  UPLOAD_TEMPLATE: 0x08,
  UPLOAD_IMAGE: 0x0a,
  DELETE: 0x0c,
  EMPTY: 0x0d,
  PARAMETERS: 0x0f,
  PASSWORD: 0x13,
  COUNT: 0x1d,
  INDEX: 0x1f,
  LIGHT: 0x35,
} as const;

export const CODE = {
  OK: 0x00,
  RECEIVE_ERROR: 0x01,
  NO_FINGER: 0x02,
  TOO_MESSY: 0x06,
  NOT_FOUND: 0x09,
  COMBINE_FAILED: 0x0a,
  BAD_LOCATION: 0x0b,
  DELETE_FAILED: 0x10,
  WRONG_PASSWORD: 0x13,
  PASSWORD_NEEDED: 0x21,
  EMPTY: 0x24,
  UNSUPPORTED: 0xfc,
} as const;

const PID_COMMAND = 1;
const PID_ANSWER = 7;
const HEAD_BYTES = 9;
const CONTENT_BYTES_MAX = 256;

export interface HostCommand {
  address: number;
  command: number;
  data: Uint8Array;
  /** False when the sum was wrong: a module says so. */
  isSound: boolean;
}

export function answer(address: number, code: number, data: readonly number[] = []): Uint8Array {
  const content = [code, ...data];
  const bytes = Buffer.alloc(HEAD_BYTES + content.length + 2);
  bytes.writeUInt16BE(0xef01, 0);
  bytes.writeUInt32BE(address, 2);
  bytes[6] = PID_ANSWER;
  bytes.writeUInt16BE(content.length + 2, 7);
  bytes.set(content, HEAD_BYTES);
  bytes.writeUInt16BE(sum(bytes.subarray(6, -2)), bytes.length - 2);
  return bytes;
}

function sum(bytes: Uint8Array): number {
  return bytes.reduce((total, byte) => (total + byte) & 0xffff, 0);
}

/** Finds commands in what comes over the line; forgets half a packet when the line pauses. */
export class CommandScanner {
  #held = Buffer.alloc(0);
  #lastAt = 0;
  readonly #pauseMs = 200;

  push(bytes: Uint8Array, atMs: number): HostCommand[] {
    if (atMs - this.#lastAt > this.#pauseMs) this.#held = Buffer.alloc(0);
    this.#lastAt = atMs;
    this.#held = Buffer.concat([this.#held, bytes]);
    const commands: HostCommand[] = [];
    for (;;) {
      const start = this.#held.indexOf(Uint8Array.of(0xef, 0x01));
      this.#held = this.#held.subarray(start >= 0 ? start : Math.max(0, this.#held.length - 1));
      if (start < 0 || this.#held.length < HEAD_BYTES) return commands;
      const length = this.#held.readUInt16BE(7);
      if (length < 3 || length > CONTENT_BYTES_MAX + 2) {
        this.#held = this.#held.subarray(2);
        continue;
      }
      if (this.#held.length < HEAD_BYTES + length) return commands;
      const packet = this.#held.subarray(0, HEAD_BYTES + length);
      this.#held = this.#held.subarray(packet.length);
      if (packet[6] === PID_COMMAND) commands.push(read(packet));
    }
  }
}

function read(packet: Buffer): HostCommand {
  return {
    address: packet.readUInt32BE(2),
    command: packet[HEAD_BYTES] ?? 0,
    data: Uint8Array.from(packet.subarray(HEAD_BYTES + 1, -2)),
    isSound: packet.readUInt16BE(packet.length - 2) === sum(packet.subarray(6, -2)),
  };
}
