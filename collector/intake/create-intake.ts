/** MQTT to evidence: publications become validated batches, one transaction, and then an acknowledgement. */
import type { Log } from "../../protocol/log.ts";
import { hello, status } from "../../protocol/messages/envelope.ts";
import { parseInstant } from "../../protocol/messages/primitives.ts";
import type { Clock } from "../../protocol/time.ts";
import type { Broker, Publication } from "../broker/port.ts";
import type { Store } from "../store/port.ts";
import { acceptRecords, findClash } from "./accept-batch.ts";
import { Acknowledger } from "./acknowledger.ts";
import { startAlive } from "./alive.ts";
import { type Decoded, decodeBatch, decodeMessage } from "./decode-batch.ts";
import { Gate } from "./gate.ts";
import { GroupCommit } from "./group-commit.ts";
import { Identity } from "./identity.ts";
import { placeBatch } from "./place-batch.ts";
import { Presence } from "./presence.ts";
import { DEFAULT_SETTINGS, type IntakeSettings, WAITING_PUBLICATIONS_MAX } from "./settings.ts";
import { type KnownSource, type Mark, markOf, SourceBook } from "./source-book.ts";
import { Troubles } from "./troubles.ts";
import { keepUnreadable } from "./unreadable.ts";

const DONE = Promise.resolve();

export interface IntakeDeps {
  store: Store;
  broker: Broker;
  clock: Clock;
  log: Log;
  /** The program's version, for `centre.started`. */
  version: string;
  settings?: Partial<IntakeSettings>;
}

export interface Intake {
  /** Looks a source up again, after a decision on it: what a revoked one sends from now on is refused, whatever broker carries it. */
  refresh(source: string): Promise<void>;
  /** Counters and gauges for /metrics, by name. */
  stats(): Record<string, number>;
  /** Commits what was accepted and stops. Close the broker first, the store after. */
  close(): Promise<void>;
}

/** Starts the intake; it answers from the moment this resolves. Rejects as `Store.write` does. */
export async function createIntake(deps: IntakeDeps): Promise<Intake> {
  const settings = { ...DEFAULT_SETTINGS, ...deps.settings };
  const stopAlive = await startAlive({ ...deps, everyMs: settings.aliveEveryMs });
  const presence = new Presence({ ...deps, settings });
  await presence.open();
  const intake = new RunningIntake(deps, settings, presence, stopAlive);
  deps.broker.onPublication((publication) => intake.take(publication));
  return intake;
}

class RunningIntake implements Intake {
  readonly #deps: IntakeDeps;
  readonly #stopAlive: () => Promise<void>;
  readonly #presence: Presence;
  readonly #book: SourceBook;
  readonly #acknowledger: Acknowledger;
  readonly #commit: GroupCommit;
  readonly #identity: Identity;
  readonly #troubles: Troubles;
  readonly #gate: Gate;
  readonly #counters = { batches: 0, hellos: 0, statuses: 0, duplicates: 0, detached: 0, quarantined: 0, failures: 0 };

  constructor(deps: IntakeDeps, settings: IntakeSettings, presence: Presence, stopAlive: () => Promise<void>) {
    const { store, clock } = deps;
    this.#deps = deps;
    this.#stopAlive = stopAlive;
    this.#presence = presence;
    this.#book = new SourceBook({ store, clock });
    this.#acknowledger = new Acknowledger({ ...deps, incarnation: store.incarnation });
    this.#identity = new Identity(deps);
    this.#troubles = new Troubles(deps);
    this.#gate = new Gate({ full: () => this.#commit.full, waitingMax: WAITING_PUBLICATIONS_MAX });
    this.#commit = new GroupCommit({
      ...deps,
      ...settings,
      onSettled: (mark) => {
        this.#acknowledger.acknowledge(mark);
        this.#gate.open();
      },
    });
  }

  /** Never rejects: whatever a source sends is at most refused. */
  take(publication: Publication): Promise<void> {
    try {
      return this.#take(publication);
    } catch (error) {
      this.#failed(publication, error);
      return DONE;
    }
  }

  async refresh(source: string): Promise<void> {
    await this.#book.reload(source);
  }

  stats(): Record<string, number> {
    return {
      ...this.#counters,
      ...this.#commit.stats(),
      ...this.#acknowledger.stats(),
      ...this.#troubles.counts(),
      duplicatesFound: this.#identity.duplicatesFound,
      sourcesInMemory: this.#book.size,
      publicationsWaiting: this.#gate.waiting,
      presenceWaiting: this.#presence.waiting,
    };
  }

  async close(): Promise<void> {
    this.#gate.close();
    await this.#commit.close();
    await this.#presence.close();
    await this.#stopAlive();
  }

  #guarded(publication: Publication, work: Promise<void>): Promise<void> {
    return work.catch((error: unknown) => this.#failed(publication, error));
  }

  #failed({ topic: { source, channel } }: Publication, error: unknown): void {
    this.#counters.failures++;
    this.#deps.log.error({ err: error, source, channel }, "a message could not be handled");
  }

  #take(publication: Publication): Promise<void> {
    switch (publication.topic.channel) {
      case "up":
        return this.#up(publication);
      case "hello":
        return this.#guarded(publication, this.#hello(publication));
      case "status":
        return this.#guarded(publication, this.#status(publication));
      default:
        this.#troubles.report("unexpected-channel", publication.topic.source);
        return DONE;
    }
  }

  /**
   * Not async, and neither is what follows: ten thousand batches may wait for their commit, and a suspended function keeps alive all that it
   * has seen, the parsed batch included. That garbage took a quarter of the time.
   */
  #up(publication: Publication): Promise<void> {
    this.#counters.batches++;
    const found = this.#book.find(publication.topic.source);
    if (!(found instanceof Promise)) return this.#upFrom(found, publication);
    return this.#guarded(
      publication,
      found.then((source) => this.#upFrom(source, publication)),
    );
  }

  #upFrom(found: KnownSource | undefined, publication: Publication): Promise<void> {
    const source = this.#admit(publication, found);
    if (!source) return DONE;
    if (this.#gate.isOpen) return this.#upThroughGate(source, publication);
    const passing = this.#gate.pass().then((passed) => {
      if (passed) return this.#upThroughGate(source, publication);
      this.#troubles.report("overload", source.name);
      return undefined;
    });
    return this.#guarded(publication, passing);
  }

  /** From the gate to the queue nothing waits: what passes the one finds room in the other. */
  #upThroughGate(source: KnownSource, publication: Publication): Promise<void> {
    const message = this.#readable(publication, decodeBatch(publication.payload));
    const mark = message && this.#markOf(source, message.epoch);
    if (!mark) return DONE;
    this.#note(source, publication, message.sentAt);
    const { first, records } = message;
    const { known, joins, detached } = placeBatch(first, records, mark.received);
    const clash = known > 0 ? findClash(mark, first, records.slice(0, known)) : undefined;
    if (clash !== undefined) {
      const detail = `two contents of record ${clash}`;
      return this.#guarded(publication, this.#identity.markDuplicate(mark, detail, publication.address ?? null));
    }
    if (!joins) return this.#answerAgain(mark, detached);
    const entry = acceptRecords(mark, known > 0 ? records.slice(known) : records, publication);
    this.#counters.quarantined += entry.group.quarantined.length;
    mark.tail = this.#commit.add(entry);
    return mark.tail;
  }

  /** What was received is acknowledged by its own commit; PUBACK of its copy waits for that too. */
  async #answerAgain(mark: Mark, detached: boolean): Promise<void> {
    if (detached) this.#counters.detached++;
    else this.#counters.duplicates++;
    if (!detached) await mark.tail;
    this.#acknowledger.acknowledge(mark);
  }

  async #hello(publication: Publication): Promise<void> {
    this.#counters.hellos++;
    const message = this.#readable(publication, decodeMessage(publication.payload, hello));
    if (!message) return;
    const source = this.#admit(publication, await this.#book.reload(publication.topic.source));
    const mark = source && this.#markOf(source, message.epoch);
    if (!mark) return;
    const doubt = await this.#identity.doubt(mark, message);
    if (doubt !== undefined) return await this.#identity.markDuplicate(mark, doubt, publication.address ?? null);
    this.#note(mark.source, publication, message.sentAt);
    if (message.acked > mark.committed) this.#rewind(mark, message.acked);
    this.#acknowledger.acknowledge(mark);
  }

  async #status(publication: Publication): Promise<void> {
    this.#counters.statuses++;
    const message = this.#readable(publication, decodeMessage(publication.payload, status));
    if (!message) return;
    const found = this.#book.find(publication.topic.source);
    const source = found instanceof Promise ? await found : found;
    if (!source || source.site !== publication.topic.site) return this.#refuseUnknown(publication);
    if (message.state !== "lost") {
      this.#presence.heard(source);
      if (publication.address !== undefined) source.address = publication.address;
    }
    await this.#presence.status(source, message);
  }

  /** The source was told of more than this database holds: it was put back in a way that its incarnation does not show. */
  #rewind(mark: Mark, acked: number): void {
    const { name } = mark.source;
    this.#deps.log.warn(
      { source: name, epoch: mark.epoch, acked, committed: mark.committed },
      "source is ahead of the database",
    );
    mark.rewoundTo = mark.committed;
  }

  #readable<T>(publication: Publication, decoded: Decoded<T>): T | undefined {
    if (decoded.ok) return decoded.message;
    const { source, channel } = publication.topic;
    const { code, detail } = decoded;
    if (this.#troubles.report(code, source, { channel, detail })) keepUnreadable(this.#deps, publication, decoded);
    return undefined;
  }

  #admit(publication: Publication, source: KnownSource | undefined): KnownSource | undefined {
    if (!source || source.site !== publication.topic.site) {
      this.#refuseUnknown(publication);
      return undefined;
    }
    if (source.state === "enrolled") return source;
    this.#troubles.report(source.state === "revoked" ? "revoked" : "duplicate-identity", source.name);
    return undefined;
  }

  #refuseUnknown({ topic, address }: Publication): void {
    this.#troubles.report("unknown-source", topic.source, { site: topic.site, address });
  }

  #markOf(source: KnownSource, epoch: string): Mark | undefined {
    const mark = markOf(source, epoch);
    if (!mark) this.#troubles.report("too-many-epochs", source.name, { epoch });
    return mark;
  }

  #note(source: KnownSource, { address, receivedAt }: Publication, sentAt: string): void {
    this.#presence.heard(source);
    if (address !== undefined) source.address = address;
    source.offsetMs = Math.round(parseInstant(sentAt) - receivedAt);
  }
}
