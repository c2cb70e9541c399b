/** A whole intake on a real database and a broker in memory. */
import { onTestFinished } from "vitest";
import { createIntake, type Intake, type IntakeDeps } from "../../../collector/intake/create-intake.ts";
import type { Store } from "../../../collector/store/port.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { formatInstant } from "../../../protocol/time.ts";
import { MemoryBroker } from "../../support/memory-broker.ts";
import { addSource, openTestStore } from "../../support/test-store.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

export const EPOCH = "9f00000000000001";
export const MACHINE = "aaaaaaaaaaaaaaaa";

export interface TestIntake {
  clock: VirtualClock;
  store: Store;
  broker: MemoryBroker;
  intake: Intake;
  /** Sends a batch of the source `pc-1` and resolves to the acknowledgements that came of it. */
  up(first: number, records: unknown[], change?: object): Promise<unknown[]>;
  hello(change?: object, address?: string): Promise<unknown[]>;
  status(state: string, session: string, change?: object): Promise<void>;
  /** Everything the source `pc-1` has in the evidence: sequence number, kind, body. */
  evidence(): Promise<{ seq: number; kind: string; body: string }[]>;
  decisions(kind: string): Promise<unknown[]>;
}

export async function openTestIntake(change: Partial<IntakeDeps> & { clock?: VirtualClock } = {}): Promise<TestIntake> {
  const clock = change.clock ?? new VirtualClock();
  const store = change.store ?? (await openTestStore({ clock }));
  if (!(await store.read.selectFrom("source").select("id").where("name", "=", "pc-1").executeTakeFirst())) {
    await addSource(store, "pc-1");
  }
  const broker = new MemoryBroker(() => clock.now());
  // Commits come when the disk is done, which virtual time does not know.
  const settings = { commitEveryMs: 0, ...change.settings };
  const intake = await createIntake({ log: SILENT_LOG, version: "0.1.0", ...change, settings, clock, store, broker });
  onTestFinished(() => intake.close());

  async function answersTo(channel: "up" | "hello", message: object, address?: string): Promise<unknown[]> {
    const before = broker.published.length;
    await broker.deliver("pc-1", channel, message, address);
    return broker.published.slice(before).map((published) => published.message);
  }

  const sentAt = () => formatInstant(clock.now());
  return {
    clock,
    store,
    broker,
    intake,
    up: (first, records, rest = {}) =>
      answersTo("up", { v: 1, epoch: EPOCH, first, sentAt: sentAt(), records, ...rest }),
    hello: (rest = {}, address) => {
      const common = { v: 1, epoch: EPOCH, oldest: 1, newest: 0, acked: 0, machine: MACHINE, agent: "0.1.0" };
      return answersTo("hello", { ...common, sentAt: sentAt(), ...rest }, address);
    },
    status: (state, session, rest = {}) =>
      broker.deliver("pc-1", "status", { v: 1, state, session, at: sentAt(), ...rest }),
    evidence: () =>
      store.read
        .selectFrom("record")
        .innerJoin("mark", "mark.id", "record.mark_id")
        .innerJoin("source", "source.id", "mark.source_id")
        .where("source.name", "=", "pc-1")
        .select(["record.seq", "record.kind", "record.body"])
        .orderBy("record.id")
        .execute(),
    async decisions(kind) {
      const rows = await store.read
        .selectFrom("record")
        .select("body")
        .where("kind", "=", kind)
        .orderBy("id")
        .execute();
      return rows.map(({ body }) => JSON.parse(body));
    },
  };
}

/** A record of the contract that differs by `detail`. */
export function power(detail: string): unknown {
  return {
    kind: "power",
    at: "2026-11-23T00:59:58.120Z",
    body: { event: "boot", source: "systemd-journal", evidence: [detail] },
  };
}

export function ack(through: number, store: Store, epoch = EPOCH): unknown {
  return { v: 1, db: store.incarnation, epoch, through };
}
