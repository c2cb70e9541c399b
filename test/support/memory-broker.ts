/** A broker without a network: hands publications to the centre and messages to whoever subscribed, at once and in order. */
import type { Broker, Publication } from "../../collector/broker/port.ts";
import { addressOf, type Channel, type ParsedTopic } from "../../protocol/messages/topics.ts";

export interface Published {
  source: string;
  channel: Channel;
  message: unknown;
}

export class MemoryBroker implements Broker {
  /** Everything that the centre published, the oldest first. */
  readonly published: Published[] = [];
  /** Set to make publishing fail, or hang. */
  beforePublish: (topic: ParsedTopic) => Promise<void> = async () => {};
  readonly #now: () => number;
  #handler: (publication: Publication) => Promise<void> = async () => {};
  readonly #subscribers = new Map<string, (channel: Channel, payload: string) => void>();

  constructor(now: () => number) {
    this.#now = now;
  }

  onPublication(handler: (publication: Publication) => Promise<void>): void {
    this.#handler = handler;
  }

  /** Publishes as a source; resolves when the centre lets PUBACK go. */
  async deliver(source: string, channel: Channel, payload: unknown, address = "10.0.0.7"): Promise<void> {
    const bytes = Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload));
    const topic = { ...addressOf("hall", source), channel };
    await this.#handler({ topic, payload: bytes, address, receivedAt: this.#now() });
  }

  /** Receives what the centre sends to `source` from now on; one subscriber a source. Returns the function that unsubscribes. */
  subscribe(source: string, receive: (channel: Channel, payload: string) => void): () => void {
    this.#subscribers.set(source, receive);
    return () => this.#subscribers.delete(source);
  }

  async publish(topic: ParsedTopic, payload: string): Promise<void> {
    await this.beforePublish(topic);
    this.published.push({ source: topic.source, channel: topic.channel, message: JSON.parse(payload) });
    this.#subscribers.get(topic.source)?.(topic.channel, payload);
  }

  async disconnect(source: string): Promise<void> {
    this.#subscribers.delete(source);
  }

  stats(): Record<string, number> {
    return {};
  }

  async close(): Promise<void> {
    this.#handler = async () => {};
  }
}
