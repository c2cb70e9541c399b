/**
 * The terminal's side of ZK packets over TCP. Written from public descriptions and sharing nothing with the reader's codec, so
 * that a mistake in one shows against the other.
 */

export const COMMAND = {
  CONNECT: 1000,
  EXIT: 1001,
  VERSION: 1100,
  AUTHENTICATE: 1102,
  GET_TIME: 201,
  SET_TIME: 202,
  SIZES: 50,
  OPTION: 11,
  ATTENDANCE: 13,
  USERS: 9,
  WRITE_USER: 8,
  DELETE_USER: 18,
  REFRESH: 1013,
  EVENTS: 500,
  DISABLE: 1003,
  PREPARED: 1500,
  DATA: 1501,
  FREE: 1502,
  TABLE: 1503,
  PIECE: 1504,
  OK: 2000,
  ERROR: 2001,
  UNAUTHORISED: 2005,
} as const;

const MAGIC = 0x7d825050;
const TOP_BYTES = 8;
const HEAD_BYTES = 8;
const PACKET_BYTES_MAX = 16 * 1024;

export interface HostPacket {
  command: number;
  session: number;
  reply: number;
  data: Uint8Array;
}

/** One packet, whole: top, head with checksum, data. */
export function packet(command: number, session: number, reply: number, data: Uint8Array): Uint8Array {
  const body = Buffer.alloc(HEAD_BYTES + data.length);
  body.writeUInt16LE(command, 0);
  body.writeUInt16LE(session, 4);
  body.writeUInt16LE(reply, 6);
  body.set(data, HEAD_BYTES);
  body.writeUInt16LE(checksum(body), 2);
  const top = Buffer.alloc(TOP_BYTES);
  top.writeUInt32LE(MAGIC, 0);
  top.writeUInt32LE(body.length, 4);
  return Buffer.concat([top, body]);
}

/** Sum of 16-bit words with the carry added back, inverted; the checksum's own field counts as zero. */
export function checksum(body: Buffer): number {
  let sum = 0;
  for (let at = 0; at < body.length; at += 2) {
    const word = at + 1 < body.length ? body.readUInt16LE(at) : body.readUInt8(at);
    sum += at === 2 ? 0 : word;
    if (sum > 0xffff) sum -= 0xffff;
  }
  return 0xffff - sum;
}

/** Finds the reader's packets in what a connection brings. Terminals do not look at the checksum. */
export class HostPacketScanner {
  #held = Buffer.alloc(0);

  push(bytes: Uint8Array): HostPacket[] {
    this.#held = Buffer.concat([this.#held, bytes]);
    const packets: HostPacket[] = [];
    while (this.#held.length >= TOP_BYTES) {
      const length = this.#held.readUInt32LE(4);
      const isPacket = this.#held.readUInt32LE(0) === MAGIC && length >= HEAD_BYTES && length <= PACKET_BYTES_MAX;
      if (!isPacket) {
        this.#held = this.#held.subarray(1);
        continue;
      }
      if (this.#held.length < TOP_BYTES + length) break;
      packets.push(read(this.#held.subarray(TOP_BYTES, TOP_BYTES + length)));
      this.#held = this.#held.subarray(TOP_BYTES + length);
    }
    return packets;
  }
}

function read(body: Buffer): HostPacket {
  return {
    command: body.readUInt16LE(0),
    session: body.readUInt16LE(4),
    reply: body.readUInt16LE(6),
    data: Uint8Array.from(body.subarray(HEAD_BYTES)),
  };
}

/** What the terminal expects in answer to "unauthorised": bits mirrored, session added, masked, halves swapped, ticks. */
export function expectedKey(key: number, session: number, ticks: number): Uint8Array {
  let mirrored = 0;
  for (let bit = 0; bit < 32; bit++) if (key & (1 << bit)) mirrored += 2 ** (31 - bit);
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE((mirrored + session) % 2 ** 32, 0);
  const mask = Buffer.from("ZKSO");
  const masked = [2, 3, 0, 1].map((at) => (sum[at] ?? 0) ^ (mask[at] ?? 0) ^ ticks);
  masked[2] = ticks;
  return Uint8Array.from(masked);
}
