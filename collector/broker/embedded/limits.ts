/** Every limit of the embedded broker, by name. */
import { BATCH_BYTES_MAX } from "../../../protocol/messages/limits.ts";

export interface BrokerLimits {
  /** Connections at one time, handshakes under way included. */
  connectionsMax: number;
  /** Connections from one network address. A hall behind one router shares one. */
  connectionsPerAddressMax: number;
  /** TLS handshakes begun a second; more wait in the queue. */
  handshakesPerSecond: number;
  /** Accepted sockets that wait for their handshake. */
  handshakeQueueMax: number;
  /** From the accepted socket to the CONNECT packet, TLS handshake included. */
  connectTimeoutMs: number;
  /** Bytes of one MQTT packet behind its fixed header. */
  packetBytesMax: number;
  /** Longest keep-alive that a client may ask for, seconds; 0 (none) is refused. */
  keepaliveSecondsMax: number;
  /** Messages that one client may send in a burst, and for ever a second. */
  publishBurstMax: number;
  publishesPerSecond: number;
  /** Connections of one source at one time. */
  sessionsPerSourceMax: number;
  /** A client that takes no byte of what was written to it for so long is cut off. */
  drainTimeoutMs: number;
  /** Bytes that may wait for one client. */
  unsentBytesMax: number;
}

export const DEFAULT_LIMITS: BrokerLimits = {
  connectionsMax: 12_000,
  connectionsPerAddressMax: 12_000,
  handshakesPerSecond: 300,
  handshakeQueueMax: 12_000,
  connectTimeoutMs: 60_000,
  packetBytesMax: BATCH_BYTES_MAX + 1024,
  keepaliveSecondsMax: 1200,
  publishBurstMax: 2000,
  publishesPerSecond: 1000,
  sessionsPerSourceMax: 4,
  drainTimeoutMs: 5000,
  unsentBytesMax: 256 * 1024,
};
