/** What the centre needs from a broker, whichever it is: the embedded one or an external one over MQTT 3.1.1. */
import type { ParsedTopic } from "../../protocol/messages/topics.ts";

/** A message that came up from a source. */
export interface Publication {
  topic: ParsedTopic;
  payload: Buffer;
  /** The network address that the embedded broker saw; an external broker does not tell. */
  address?: string;
  /** Centre clock, ms UTC. */
  receivedAt: number;
}

export interface Broker {
  /**
   * Takes every `up`, `hello` and `status`. The promise is the back-pressure: the embedded broker sends PUBACK when it
   * resolves, an external one is acknowledged then. It never rejects for what a source sent.
   */
  onPublication(handler: (publication: Publication) => Promise<void>): void;
  /** Publishes to a source's `ack` (QoS 0) or `down` (QoS 1). Resolves when handed to the network; a source that is away misses it. */
  publish(topic: ParsedTopic, payload: string): Promise<void>;
  /** Cuts off a source's present connections, after a revocation for instance. */
  disconnect(source: string): Promise<void>;
  /** Counters and gauges for /metrics, by name. */
  stats(): Record<string, number>;
  close(): Promise<void>;
}
