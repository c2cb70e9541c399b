/** The connections of all sources, by client and by source, and what is sent down to them. */
import type { Socket } from "node:net";
import type { Client } from "aedes";
import type { ParsedTopic } from "../../../protocol/messages/topics.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { ClientIdentity } from "./access.ts";
import type { Counters } from "./counters.ts";
import type { BrokerLimits } from "./limits.ts";
import { Session } from "./session.ts";
import { TokenBucket } from "./token-bucket.ts";

export class SessionBook {
  readonly #deps: { limits: BrokerLimits; clock: Clock; counters: Counters };
  readonly #byClient = new Map<Client, Session>();
  readonly #bySource = new Map<string, Set<Session>>();

  constructor(deps: { limits: BrokerLimits; clock: Clock; counters: Counters }) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#byClient.size;
  }

  /** False when the source has too many connections already. A connection with the same client id is about to be replaced. */
  add(client: Client, identity: ClientIdentity, address: string): boolean {
    const { limits, clock } = this.#deps;
    const others = this.#bySource.get(identity.source) ?? new Set();
    if (others.size >= limits.sessionsPerSourceMax) return false;
    const publishes = new TokenBucket(limits.publishBurstMax, limits.publishesPerSecond, clock);
    const session = new Session(client, { source: identity.source, site: identity.site }, address, publishes);
    this.#byClient.set(client, session);
    this.#bySource.set(identity.source, others.add(session));
    client.conn.once("close", () => this.remove(client));
    return true;
  }

  remove(client: Client): void {
    const session = this.#byClient.get(client);
    if (!session) return;
    this.#byClient.delete(client);
    const others = this.#bySource.get(session.identity.source);
    others?.delete(session);
    if (others?.size === 0) this.#bySource.delete(session.identity.source);
  }

  of(client: Client): Session | undefined {
    return this.#byClient.get(client);
  }

  ofSource(source: string): Session[] {
    return [...(this.#bySource.get(source) ?? [])];
  }

  /** To every connection of the source that reads the channel. One that takes nothing any more is cut off. */
  async publish(topic: ParsedTopic, text: string, payload: string): Promise<void> {
    const readers = this.ofSource(topic.source).filter(({ reads }) => reads.has(topic.channel));
    const sent = readers.map((session) => {
      if ((session.client.conn as Socket).writableLength > this.#deps.limits.unsentBytesMax) {
        this.#deps.counters.add("cut_off_slow");
        session.client.conn.destroy();
        return undefined;
      }
      if (topic.channel === "ack") return session.sendAck(text, payload);
      return session.send(text, payload);
    });
    await Promise.all(sent);
  }
}
