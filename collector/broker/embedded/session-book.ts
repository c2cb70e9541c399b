/** The connections of all sources, by client and by source, and what is sent down to them. */
import type { Client } from "aedes";
import type { Channel, ParsedTopic } from "../../../protocol/messages/topics.ts";
import type { ClientIdentity } from "./access.ts";
import { type Counters, SENT_COUNTERS } from "./counters.ts";
import { Session, type SessionDeps } from "./session.ts";

const SENT = Promise.resolve();

export class SessionBook {
  readonly #deps: SessionDeps & { counters: Counters };
  /** Outlives the connection: a will is published after it has gone. */
  readonly #byClient = new WeakMap<Client, Session>();
  readonly #bySource = new Map<string, Set<Session>>();
  #size = 0;

  constructor(deps: SessionDeps & { counters: Counters }) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#size;
  }

  /** Channels that are read, over all connections. */
  get subscriptions(): number {
    let count = 0;
    for (const sessions of this.#bySource.values()) for (const { reads } of sessions) count += reads.size;
    return count;
  }

  /** False when the source has too many connections already, this one's predecessor of the same client id apart. */
  add(client: Client, identity: ClientIdentity, address: string): boolean {
    const others = this.#bySource.get(identity.source) ?? new Set<Session>();
    const staying = [...others].filter((other) => other.client.id !== client.id);
    if (staying.length >= this.#deps.limits.sessionsPerSourceMax) return false;
    const session = new Session(client, { source: identity.source, site: identity.site }, address, this.#deps);
    this.#byClient.set(client, session);
    this.#bySource.set(identity.source, others.add(session));
    this.#size++;
    client.conn.once("close", () => this.#remove(session));
    return true;
  }

  #remove(session: Session): void {
    const { source } = session.identity;
    const others = this.#bySource.get(source);
    if (!others?.delete(session)) return;
    this.#size--;
    if (others.size === 0) this.#bySource.delete(source);
  }

  of(client: Client): Session | undefined {
    return this.#byClient.get(client);
  }

  ofSource(source: string): Session[] {
    return [...(this.#bySource.get(source) ?? [])];
  }

  /** To every connection of the source that reads the channel. One that takes nothing any more is cut off. */
  publish({ source, channel }: ParsedTopic, payload: string): Promise<void> {
    const waits: Promise<void>[] = [];
    for (const session of this.#bySource.get(source) ?? []) {
      if (!session.reads.has(channel)) continue;
      const wait = this.#send(session, channel, payload);
      if (wait) waits.push(wait);
    }
    return waits.length === 0 ? SENT : Promise.all(waits).then(() => {});
  }

  #send(session: Session, channel: Channel, payload: string): Promise<void> | undefined {
    if (session.isClogged) {
      this.#cutOff(session);
      return undefined;
    }
    this.#deps.counters.add(SENT_COUNTERS[channel]);
    return session.send(channel, payload);
  }

  #cutOff({ client }: Session): void {
    this.#deps.counters.add("cut_off_slow");
    client.conn.destroy();
  }
}
