/** A journal in memory, with a centre that commits when the test says so. */

import { Subscribers } from "../../../../collector/clocks/line/subscribers.ts";
import type { RecordSink } from "../../../../collector/clocks/reader/sink.ts";
import type { Watermark, WatermarkStore } from "../../../../collector/clocks/reader/watermark.ts";
import { AppError } from "../../../../protocol/errors.ts";
import {
  type BodyOf,
  type ContractRecord,
  RECORD_BODIES,
  type RecordKind,
} from "../../../../protocol/messages/records.ts";

export class MemorySink implements RecordSink {
  readonly records: ContractRecord[] = [];
  /** False: what is appended is not committed until `commitAll`. */
  commits = true;
  /** Set: appends are refused with this code. */
  fault: string | undefined;
  #committed = 0;
  readonly #replay = new Subscribers<[{ missing: number }]>();

  async append(record: ContractRecord): Promise<number> {
    if (this.fault) throw new AppError(this.fault, "as the test wishes");
    RECORD_BODIES[record.kind].parse(record.body);
    this.records.push(record);
    if (this.commits) this.#committed = this.records.length;
    return this.records.length;
  }

  newest(): number {
    return this.records.length;
  }

  committed(): number {
    return this.#committed;
  }

  commitAll(): void {
    this.#committed = this.records.length;
  }

  onReplay(handler: (replay: { missing: number }) => void): () => void {
    return this.#replay.add(handler);
  }

  replay(missing: number): void {
    this.#replay.call({ missing });
  }

  of<Kind extends RecordKind>(kind: Kind): BodyOf<Kind>[] {
    return this.records.flatMap((record) => (record.kind === kind ? [record.body as BodyOf<Kind>] : []));
  }

  get punches(): BodyOf<"punch">[] {
    return this.of("punch");
  }

  /** What the centre makes of it: one punch for each identity (contract, section Delivery, 9). */
  get distinct(): string[] {
    const identity = ({ clock, user, deviceTime, type, ordinal }: BodyOf<"punch">) =>
      `${clock} ${user} ${deviceTime} ${type} ${ordinal}`;
    return [...new Set(this.punches.map(identity))];
  }

  events(name: BodyOf<"clock">["event"]): BodyOf<"clock">[] {
    return this.of("clock").filter(({ event }) => event === name);
  }
}

export class MemoryStore implements WatermarkStore {
  readonly saved = new Map<string, Watermark>();

  async load(clock: string): Promise<Watermark | undefined> {
    return this.saved.get(clock);
  }

  async save(clock: string, watermark: Watermark): Promise<void> {
    this.saved.set(clock, structuredClone(watermark));
  }
}
