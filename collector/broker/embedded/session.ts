/** One MQTT connection of a source: what it reads, and acknowledgements on their way to it, one outstanding at a time. */
import type { Client } from "aedes";
import type { Channel } from "../../../protocol/messages/topics.ts";
import type { ClientIdentity } from "./access.ts";
import type { TokenBucket } from "./token-bucket.ts";

export class Session {
  readonly client: Client;
  readonly identity: ClientIdentity;
  readonly address: string;
  readonly publishes: TokenBucket;
  readonly reads = new Set<Channel>();
  #isWriting = false;
  #next: { topic: string; payload: string } | undefined;

  constructor(client: Client, identity: ClientIdentity, address: string, publishes: TokenBucket) {
    this.client = client;
    this.identity = identity;
    this.address = address;
    this.publishes = publishes;
  }

  /** Acknowledgements are cumulative: while one is being written, only the newest of the others is kept. */
  sendAck(topic: string, payload: string): void {
    if (this.#isWriting) {
      this.#next = { topic, payload };
      return;
    }
    this.#isWriting = true;
    this.client.publish(packet(topic, payload, 0), () => {
      this.#isWriting = false;
      const next = this.#next;
      this.#next = undefined;
      if (next) this.sendAck(next.topic, next.payload);
    });
  }

  send(topic: string, payload: string): Promise<void> {
    return new Promise((resolve) => this.client.publish(packet(topic, payload, 1), () => resolve()));
  }
}

function packet(topic: string, payload: string, qos: 0 | 1) {
  return { cmd: "publish", topic, payload: Buffer.from(payload), qos, retain: false, dup: false } as const;
}
