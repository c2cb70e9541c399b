/**
 * The least centre that follows the contract: two marks for each epoch, only the record behind the last received one is taken,
 * acknowledgements never go beyond what is committed. Commits lag behind, so that a restart loses what was only received.
 */
import type { Ack } from "../../protocol/messages/envelope.ts";
import { lastNumberOf } from "../../protocol/messages/numbering.ts";
import type { Random } from "../../protocol/time.ts";

interface State {
  committed: number;
  records: [number, string][];
}

export class ModelCentre {
  readonly #random: Random;
  #db = 1;
  #committed = new Map<string, State>();
  #received = new Map<string, State>();
  #copy: Map<string, State> | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Takes a message and answers what goes back; the commit of what came before may happen with it. */
  take(channel: "hello" | "up", payload: string): Ack[] {
    const message = JSON.parse(payload);
    const { epoch } = message;
    if (channel === "up") this.#receive(epoch, message.first, message.records);
    if (channel === "up" && this.#random() < 0.7) this.#commit(epoch);
    return [this.#ack(epoch)];
  }

  committedOf(epoch: string): number {
    return this.#committed.get(epoch)?.committed ?? 0;
  }

  /** Number and JSON text of what is stored, in order. */
  contents(epoch: string): [number, string][] {
    return this.#committed.get(epoch)?.records ?? [];
  }

  restart(): void {
    this.#received = new Map();
  }

  backup(): void {
    this.#copy = structuredClone(this.#committed);
  }

  /** Puts the last copy back, as a database of another incarnation. */
  restore(): void {
    if (!this.#copy) return;
    this.#committed = structuredClone(this.#copy);
    this.#db++;
    this.restart();
  }

  #receive(epoch: string, first: number, records: unknown[]): void {
    const state = this.#received.get(epoch) ?? structuredClone(this.#stateOf(epoch));
    this.#received.set(epoch, state);
    let number = first;
    for (const record of records) {
      if (number === state.committed + 1) {
        state.records.push([number, JSON.stringify(record)]);
        state.committed = lastNumberOf(number, record);
      }
      number = lastNumberOf(number, record) + 1;
    }
  }

  #commit(epoch: string): void {
    const received = this.#received.get(epoch);
    if (received) this.#committed.set(epoch, structuredClone(received));
  }

  #stateOf(epoch: string): State {
    return this.#committed.get(epoch) ?? { committed: 0, records: [] };
  }

  #ack(epoch: string): Ack {
    return { v: 1, db: `db-${this.#db}`, epoch, through: this.committedOf(epoch) };
  }
}
