/**
 * The sender: batches in flight, sent again until acknowledged. It knows nothing of MQTT: what it wants published goes out
 * through `publish`, what comes back comes in through `onAck`. It never publishes while disconnected.
 */
import { AppError } from "../errors.ts";
import type { Ack } from "../messages/envelope.ts";
import { BATCHES_IN_FLIGHT_MAX, CONTRACT_VERSION } from "../messages/limits.ts";
import { type Clock, formatInstant, type Random } from "../time.ts";
import { encodeBatch } from "./batch.ts";
import type { Journal } from "./journal.ts";

/** After a journal that could not be read. */
const READ_AGAIN_MS = 5000;
/** Without an answer or progress for so long (and up to as much again) everything unacknowledged is sent again. */
export const STUCK_MS = 10_000;

export interface SenderDeps {
  journal: Journal;
  /** Hands a message to the connection; a rejection means that the connection is going. */
  publish(channel: "hello" | "up", payload: string): Promise<void>;
  clock: Clock;
  random: Random;
  /** `agent` of hello: name and version of the program. */
  agent: string;
  machine: string;
  simulated?: boolean | undefined;
}

export interface SenderEvents {
  onCommitted?(through: number): void;
  /** The centre went back: a database restored from a copy. `missing` records are no longer in the journal. */
  onReplay?(replay: { db: string; committed: number; missing: number }): void;
  onTrouble?(error: Error): void;
}

export interface SenderCounters {
  batchesSent: number;
  resends: number;
  acks: number;
  gapsSent: number;
  /** Acknowledgements of another epoch, or of numbers that were never sent. */
  strangeAcks: number;
}

export class Sender {
  readonly #deps: SenderDeps;
  readonly #events: SenderEvents;
  readonly counters: SenderCounters = { batchesSent: 0, resends: 0, acks: 0, gapsSent: 0, strangeAcks: 0 };
  /** Rises with each connection: what an earlier one still has under way is ignored. */
  #session = 0;
  #isConnected = false;
  #isAnswered = false;
  /** Last numbers of the batches in flight, rising. */
  #inFlight: number[] = [];
  #next = 1;
  #isPumping = false;
  #isPumpWanted = false;
  #cancelStuck: (() => void) | undefined;
  #cancelRead: (() => void) | undefined;
  /** The greatest number that the centre can have from this journal. */
  #sentThrough: number;

  constructor(deps: SenderDeps, events: SenderEvents = {}) {
    this.#deps = deps;
    this.#events = events;
    this.#sentThrough = deps.journal.newest;
  }

  /** The centre has answered in this connection. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  get inFlight(): number {
    return this.#inFlight.length;
  }

  /** A connection stands and its `ack` topic is subscribed. */
  connected(): void {
    this.#session++;
    this.#isConnected = true;
    this.#isAnswered = false;
    this.#inFlight = [];
    this.#sayHello();
  }

  disconnected(): void {
    this.#session++;
    this.#isConnected = false;
    this.#isAnswered = false;
    this.#cancelStuck?.();
    this.#cancelStuck = undefined;
    this.#cancelRead?.();
    this.#cancelRead = undefined;
  }

  /** The journal has more. */
  appended(): void {
    void this.#pump();
  }

  async onAck(ack: Ack): Promise<void> {
    const { journal } = this.#deps;
    if (!this.#isConnected) return;
    const through = ack.through + journal.base;
    const { db } = ack;
    if (ack.epoch !== journal.epoch || through > this.#sentThrough) return this.#wonder(ack);
    this.counters.acks++;
    const isFirst = !this.#isAnswered;
    // Within a connection a lower mark of the same database is an old answer overtaken by a newer one.
    if (through < journal.committed && (isFirst || db !== journal.db)) await this.#goBack(db, through);
    else if (through > journal.committed || isFirst) await this.#goOn(db, through, isFirst);
    await this.#pump();
  }

  /** Sending on would put new records under numbers that the centre takes for known. */
  #wonder({ epoch, through }: Ack): void {
    this.counters.strangeAcks++;
    if (epoch !== this.#deps.journal.epoch) return;
    const text = `the centre has ${through} of this epoch, more than was ever sent: the journal is an older copy`;
    this.#events.onTrouble?.(new AppError("journal-outrun", text));
  }

  async #goBack(db: string, through: number): Promise<void> {
    const { journal } = this.#deps;
    this.#restartFrom(through);
    await journal.commit(through, db);
    const missing = Math.max(0, journal.oldest - 1 - through);
    this.#events.onReplay?.({ db, committed: through, missing });
  }

  async #goOn(db: string, through: number, isFirst: boolean): Promise<void> {
    const { journal } = this.#deps;
    const isProgress = through > journal.committed;
    if (isFirst) this.#restartFrom(through);
    else {
      this.#inFlight = this.#inFlight.filter((last) => last > through);
      this.#next = Math.max(this.#next, through + 1);
      this.#watch();
    }
    await journal.commit(through, db);
    if (isProgress) this.#events.onCommitted?.(through);
  }

  #restartFrom(through: number): void {
    this.#isAnswered = true;
    this.#inFlight = [];
    this.#next = through + 1;
    this.#watch();
  }

  #sayHello(): void {
    const { journal, clock, agent, machine, simulated } = this.#deps;
    const hello = {
      v: CONTRACT_VERSION,
      epoch: journal.epoch,
      oldest: Math.max(0, journal.oldest - journal.base),
      newest: journal.newest - journal.base,
      acked: journal.committed - journal.base,
      machine,
      agent,
      sentAt: formatInstant(clock.now()),
      ...(simulated ? { simulated } : {}),
    };
    this.#send("hello", JSON.stringify(hello));
    this.#watch();
  }

  /** One pump at a time; reading the journal takes its time, and more may be wanted meanwhile. */
  async #pump(): Promise<void> {
    this.#isPumpWanted = true;
    if (this.#isPumping) return;
    this.#isPumping = true;
    try {
      while (this.#isPumpWanted) {
        this.#isPumpWanted = false;
        await this.#fill();
      }
    } catch (error) {
      this.#events.onTrouble?.(error as Error);
      this.#cancelRead?.();
      this.#cancelRead = this.#deps.clock.after(READ_AGAIN_MS, () => void this.#pump());
    } finally {
      this.#isPumping = false;
    }
  }

  async #fill(): Promise<void> {
    const { journal, clock } = this.#deps;
    while (this.#isAnswered && this.#inFlight.length < BATCHES_IN_FLIGHT_MAX && this.#next <= journal.newest) {
      const session = this.#session;
      const first = this.#next;
      const { lines, last } = await journal.read(first);
      if (session !== this.#session || first !== this.#next || lines.length === 0) continue;
      this.counters.batchesSent++;
      this.counters.gapsSent += lines.filter(({ kind }) => kind === "gap").length;
      this.#inFlight.push(last);
      this.#next = last + 1;
      this.#sentThrough = Math.max(this.#sentThrough, last);
      this.#send("up", encodeBatch(journal, first, formatInstant(clock.now()), lines));
      if (this.#inFlight.length === 1) this.#watch();
    }
  }

  #send(channel: "hello" | "up", payload: string): void {
    // A failed publish means a failing connection, which is reported by `disconnected`.
    this.#deps.publish(channel, payload).catch((error: Error) => this.#events.onTrouble?.(error));
  }

  /** (Re)starts the watch over progress; nothing to watch when everything is answered. */
  #watch(): void {
    this.#cancelStuck?.();
    this.#cancelStuck = undefined;
    if (!this.#isConnected || (this.#isAnswered && this.#inFlight.length === 0)) return;
    const { clock, random } = this.#deps;
    this.#cancelStuck = clock.after(STUCK_MS * (1 + random()), () => this.#unstick());
  }

  /** Asks where the centre stands; its answer tells from where to send again. */
  #unstick(): void {
    this.counters.resends++;
    this.#isAnswered = false;
    this.#inFlight = [];
    this.#sayHello();
  }
}
