/** A source without a network: its real journal on a real disk, its real sender, connected to a broker in memory. */
import { Journal } from "../../../protocol/delivery/journal.ts";
import { Sender } from "../../../protocol/delivery/sender.ts";
import { ack } from "../../../protocol/messages/envelope.ts";
import { type Clock, formatInstant, type Random } from "../../../protocol/time.ts";
import { openNodeFiles } from "../../../protocol/uplink/node-files.ts";
import type { MemoryBroker } from "../../support/memory-broker.ts";

const MACHINE = "aaaaaaaaaaaaaaaa";

export interface JournaledSourceDeps {
  broker: MemoryBroker;
  clock: Clock;
  random: Random;
}

export class JournaledSource {
  readonly name: string;
  readonly #journal: Journal;
  readonly #sender: Sender;
  readonly #deps: JournaledSourceDeps;
  #unsubscribe: () => void = () => {};

  private constructor(name: string, journal: Journal, deps: JournaledSourceDeps) {
    this.name = name;
    this.#journal = journal;
    this.#deps = deps;
    const publish = (channel: "hello" | "up", text: string) => deps.broker.deliver(name, channel, Buffer.from(text));
    this.#sender = new Sender({ ...deps, journal, publish, agent: "scenario", machine: MACHINE });
  }

  static async open(name: string, folder: string, deps: JournaledSourceDeps): Promise<JournaledSource> {
    const files = await openNodeFiles(folder);
    const journal = await Journal.open({ files, clock: deps.clock, random: deps.random, machine: MACHINE });
    return new JournaledSource(name, journal, deps);
  }

  get newest(): number {
    return this.#journal.newest;
  }

  get isCommitted(): boolean {
    return this.#sender.isAnswered && this.#journal.committed === this.#journal.newest;
  }

  connect(): void {
    this.#unsubscribe = this.#deps.broker.subscribe(this.name, (channel, payload) => {
      if (channel === "ack") void this.#sender.onAck(ack.parse(JSON.parse(payload)));
    });
    this.#sender.connected();
  }

  disconnect(): void {
    this.#unsubscribe();
    this.#sender.disconnected();
  }

  async append(text: string): Promise<void> {
    const body = { event: "boot", source: "systemd-journal", evidence: [text.padEnd(120, ".")] };
    const record = { kind: "power", at: formatInstant(this.#deps.clock.now()), body };
    await this.#journal.append("power", JSON.stringify(record));
    this.#sender.appended();
  }

  async close(): Promise<void> {
    this.disconnect();
    await this.#journal.close();
  }
}
