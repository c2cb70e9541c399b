/**
 * The few MQTT 3.1.1 packets that the load generator needs. Written out here because the generator shares two processors with what
 * it measures: a publish is one copy of a prepared packet with two numbers patched.
 */

const PUBLISH_QOS1 = 0x32;
/** Digits kept free for `first`; JSON allows the spaces in front. */
const FIRST_DIGITS = 15;

export function encodeConnect(clientId: string, keepaliveSeconds: number): Buffer {
  const protocol = Buffer.from([0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, keepaliveSeconds >> 8, keepaliveSeconds & 0xff]);
  return packet(0x10, Buffer.concat([protocol, text(clientId)]));
}

export function encodeSubscribe(packetId: number, topic: string): Buffer {
  return packet(0x82, Buffer.concat([number(packetId), text(topic), Buffer.from([0])]));
}

/** Makes the publishes of one source that differ in nothing but their first sequence number. */
export class BatchPackets {
  readonly epoch: string;
  readonly #template: Buffer;
  readonly #idAt: number;
  readonly #firstAt: number;

  constructor(topic: string, epoch: string, records: readonly string[], sentAt: string) {
    this.epoch = epoch;
    const head = `{"v":1,"epoch":"${epoch}","first":`;
    const payload = `${head}${" ".repeat(FIRST_DIGITS)},"sentAt":"${sentAt}","records":[${records.join(",")}]}`;
    const body = Buffer.concat([text(topic), number(0), Buffer.from(payload)]);
    this.#template = packet(PUBLISH_QOS1, body);
    const bodyAt = this.#template.length - body.length;
    this.#idAt = bodyAt + 2 + Buffer.byteLength(topic);
    this.#firstAt = this.#idAt + 2 + head.length;
  }

  packet(packetId: number, first: number): Buffer {
    const bytes = Buffer.from(this.#template);
    bytes.writeUInt16BE(packetId, this.#idAt);
    bytes.write(String(first).padStart(FIRST_DIGITS), this.#firstAt, "latin1");
    return bytes;
  }
}

export type Incoming =
  | { type: "connack"; code: number }
  | { type: "suback" }
  | { type: "puback" }
  | { type: "publish"; payload: Buffer };

/** Splits a stream of packets; what the generator has no use for is dropped. */
export class PacketReader {
  #rest: Buffer | undefined;

  read(chunk: Buffer, take: (packet: Incoming) => void): void {
    const bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    let at = 0;
    for (;;) {
      const header = readHeader(bytes, at);
      if (!header || header.end > bytes.length) break;
      const packet = decode(bytes, at, header.bodyAt, header.end);
      if (packet) take(packet);
      at = header.end;
    }
    this.#rest = at < bytes.length ? bytes.subarray(at) : undefined;
  }
}

function readHeader(bytes: Buffer, at: number): { bodyAt: number; end: number } | undefined {
  let length = 0;
  for (let index = 0; index < 4; index++) {
    const byte = bytes[at + 1 + index];
    if (byte === undefined) return undefined;
    length |= (byte & 0x7f) << (7 * index);
    if ((byte & 0x80) === 0) return { bodyAt: at + 2 + index, end: at + 2 + index + length };
  }
  throw new Error("malformed remaining length");
}

function decode(bytes: Buffer, at: number, bodyAt: number, end: number): Incoming | undefined {
  switch ((bytes[at] ?? 0) >> 4) {
    case 2:
      return { type: "connack", code: bytes[bodyAt + 1] ?? 0xff };
    case 3:
      return { type: "publish", payload: bytes.subarray(bodyAt + 2 + bytes.readUInt16BE(bodyAt), end) };
    case 4:
      return { type: "puback" };
    case 9:
      return { type: "suback" };
    default:
      return undefined;
  }
}

function packet(type: number, body: Buffer): Buffer {
  const header = [type];
  let length = body.length;
  do {
    header.push(length > 127 ? (length & 0x7f) | 0x80 : length);
    length >>= 7;
  } while (length > 0);
  return Buffer.concat([Buffer.from(header), body]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([number(bytes.length), bytes]);
}

function number(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}
