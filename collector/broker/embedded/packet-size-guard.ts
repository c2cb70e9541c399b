/**
 * Watches the lengths that MQTT packets declare (fixed header, 3.1.1 section 2.2), before anybody gathers their bytes: aedes
 * would buffer 40 MB even before CONNECT.
 */

const CONTINUATION = 0x80;
const LENGTH_BYTES_MAX = 4;

export class PacketSizeGuard {
  readonly #packetBytesMax: number;
  /** Bytes of the present packet that are still to come; undefined while its header is being read. */
  #remaining = 0;
  #state: "type" | "length" | "body" = "type";
  #length = 0;
  #lengthBytes = 0;

  constructor(packetBytesMax: number) {
    this.#packetBytesMax = packetBytesMax;
  }

  /** Takes what was read; false once a packet declares more than the limit, or a length that is none. */
  accept(chunk: Uint8Array): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === "body") {
        const taken = Math.min(this.#remaining, chunk.length - at);
        at += taken;
        this.#remaining -= taken;
        if (this.#remaining === 0) this.#state = "type";
      } else if (!this.#header(chunk[at++] as number)) return false;
    }
    return true;
  }

  #header(byte: number): boolean {
    if (this.#state === "type") {
      this.#state = "length";
      this.#length = 0;
      this.#lengthBytes = 0;
      return true;
    }
    this.#length += (byte & ~CONTINUATION) * 128 ** this.#lengthBytes++;
    if (this.#length > this.#packetBytesMax) return false;
    if (byte & CONTINUATION) return this.#lengthBytes < LENGTH_BYTES_MAX;
    this.#remaining = this.#length;
    this.#state = this.#remaining === 0 ? "type" : "body";
    return true;
  }
}
