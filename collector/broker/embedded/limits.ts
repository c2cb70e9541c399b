/** Every limit of the embedded broker, by name. */
import { BATCH_BYTES_MAX } from "../../../protocol/messages/limits.ts";

export interface BrokerLimits {
  /** Connections at one time, handshakes under way included. */
  connectionsMax: number;
  /** Connections from one network address. A hall behind one router shares one. */
  connectionsPerAddressMax: number;
  /** TLS handshakes begun a second; more wait, and network addresses take turns. */
  handshakesPerSecond: number;
  /** From the beginning of the TLS handshake to its end. */
  handshakeTimeoutMs: number;
  /** From the end of the TLS handshake to a whole CONNECT packet. */
  connectTimeoutMs: number;
  /** Bytes of one PUBLISH behind its fixed header. */
  publishBytesMax: number;
  /** Bytes of any other packet behind its fixed header. */
  controlBytesMax: number;
  /** Packets other than PUBLISH that one client may send in a burst, and for ever a second; more cuts it off. */
  controlBurstMax: number;
  controlsPerSecond: number;
  /** Longest keep-alive that a client may ask for, seconds; 0 (none) is refused. */
  keepaliveSecondsMax: number;
  /** Messages that one client may send in a burst, and for ever a second; more are read more slowly. */
  publishBurstMax: number;
  publishesPerSecond: number;
  /** Payload bytes, likewise. */
  payloadBurstBytesMax: number;
  payloadBytesPerSecond: number;
  /** Connections of one source at one time. */
  sessionsPerSourceMax: number;
  /** A client that takes no byte of what was written to it for so long is cut off. */
  drainTimeoutMs: number;
  /** Bytes that may wait for one client. */
  unsentBytesMax: number;
}

const TOPIC_ROOM_BYTES = 1024;

export const DEFAULT_LIMITS: BrokerLimits = {
  connectionsMax: 12_000,
  connectionsPerAddressMax: 6_000,
  handshakesPerSecond: 300,
  handshakeTimeoutMs: 30_000,
  connectTimeoutMs: 15_000,
  publishBytesMax: BATCH_BYTES_MAX + TOPIC_ROOM_BYTES,
  controlBytesMax: 4096,
  controlBurstMax: 200,
  controlsPerSecond: 20,
  keepaliveSecondsMax: 1200,
  publishBurstMax: 2000,
  publishesPerSecond: 1000,
  payloadBurstBytesMax: 16 * 1024 * 1024,
  payloadBytesPerSecond: 8 * 1024 * 1024,
  sessionsPerSourceMax: 4,
  drainTimeoutMs: 5000,
  unsentBytesMax: 256 * 1024,
};
