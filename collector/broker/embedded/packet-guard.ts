/**
 * Watches the fixed headers of MQTT packets (3.1.1 section 2.2) before anybody gathers their bytes: aedes would buffer 40 MB
 * even before CONNECT.
 */
import type { Clock } from "../../../protocol/time.ts";
import type { BrokerLimits } from "./limits.ts";
import { TokenBucket } from "./token-bucket.ts";

const CONTINUATION = 0x80;
const LENGTH_BYTES_MAX = 4;
const TYPE_SHIFT = 4;
const CONNECT = 1;
const PUBLISH = 3;

export type Offence = "packet-too-large" | "length-malformed" | "connect-expected" | "control-rate";

export class PacketGuard {
  readonly #limits: BrokerLimits;
  readonly #controls: TokenBucket;
  #state: "type" | "length" | "body" = "type";
  #isFirst = true;
  #bytesMax = 0;
  #length = 0;
  #lengthBytes = 0;
  /** Bytes of the present packet that are still to come. */
  #remaining = 0;

  constructor({ limits, clock }: { limits: BrokerLimits; clock: Clock }) {
    this.#limits = limits;
    this.#controls = new TokenBucket(limits.controlBurstMax, limits.controlsPerSecond, clock);
  }

  /** Takes what was read; returns what is wrong with it, after which the connection must not be read any more. */
  accept(chunk: Uint8Array): Offence | undefined {
    let at = 0;
    while (at < chunk.length) {
      if (this.#state === "body") {
        at += this.#skip(chunk.length - at);
        continue;
      }
      const byte = chunk[at++] as number;
      const offence = this.#state === "type" ? this.#takeType(byte) : this.#takeLength(byte);
      if (offence) return offence;
    }
    return undefined;
  }

  #skip(available: number): number {
    const taken = Math.min(this.#remaining, available);
    this.#remaining -= taken;
    if (this.#remaining === 0) this.#state = "type";
    return taken;
  }

  #takeType(byte: number): Offence | undefined {
    const type = byte >> TYPE_SHIFT;
    if (this.#isFirst && type !== CONNECT) return "connect-expected";
    if (type !== PUBLISH && !this.#controls.take()) return "control-rate";
    this.#isFirst = false;
    this.#bytesMax = type === PUBLISH ? this.#limits.publishBytesMax : this.#limits.controlBytesMax;
    this.#state = "length";
    this.#length = 0;
    this.#lengthBytes = 0;
    return undefined;
  }

  #takeLength(byte: number): Offence | undefined {
    this.#length += (byte & ~CONTINUATION) * CONTINUATION ** this.#lengthBytes++;
    if (this.#length > this.#bytesMax) return "packet-too-large";
    if (byte & CONTINUATION) return this.#lengthBytes < LENGTH_BYTES_MAX ? undefined : "length-malformed";
    this.#remaining = this.#length;
    this.#state = this.#remaining === 0 ? "type" : "body";
    return undefined;
  }
}
