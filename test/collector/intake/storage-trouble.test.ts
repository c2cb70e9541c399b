import { expect, test } from "vitest";
import { QUEUE_RECORDS_MAX } from "../../../collector/intake/settings.ts";
import type { RecordGroup, Store } from "../../../collector/store/port.ts";
import { AppError } from "../../../protocol/errors.ts";
import { formatInstant } from "../../../protocol/time.ts";
import { addSource, openTestStore } from "../../support/test-store.ts";
import { settle, VirtualClock } from "../../support/virtual-clock.ts";
import { ack, EPOCH, openTestIntake, power } from "./open-test-intake.ts";

/** The real store with `commitGroups` in the hands of the test. */
async function troubledStore(clock: VirtualClock) {
  const store = await openTestStore({ clock });
  const trouble: { fail?: (groups: RecordGroup[]) => AppError | undefined; hold?: Promise<void> } = {};
  const sizes: number[] = [];
  const troubled = new Proxy(store, {
    get(target, name) {
      if (name !== "commitGroups") {
        const value = Reflect.get(target, name, target);
        return typeof value === "function" ? value.bind(target) : value;
      }
      return async (groups: RecordGroup[]) => {
        await trouble.hold;
        const error = trouble.fail?.(groups);
        if (error) throw error;
        sizes.push(groups.reduce((sum, group) => sum + group.records.length, 0));
        return await target.commitGroups(groups);
      };
    },
  });
  return { store: troubled as Store, trouble, sizes };
}

const SENT_AT = Date.parse("2026-11-23T00:00:00.000Z");

const batch = (first: number, count: number) => ({
  v: 1,
  epoch: EPOCH,
  first,
  sentAt: formatInstant(SENT_AT),
  records: Array.from({ length: count }, (_, index) => power(`${first + index}`)),
});

test("while the disk is full nothing is acknowledged; when there is room everything is committed, once", async () => {
  const clock = new VirtualClock();
  const { store, trouble } = await troubledStore(clock);
  const { broker, evidence, intake, hello } = await openTestIntake({ store, clock });
  await hello();
  trouble.fail = () => new AppError("disk-full", "full");
  let letGo = 0;
  for (let first = 1; first <= 3; first++) void broker.deliver("pc-1", "up", batch(first, 1)).then(() => letGo++);
  await clock.advance(5_000);
  expect({ letGo, published: broker.published.length }).toEqual({ letGo: 0, published: 1 });
  expect(intake.stats().commitRetries).toBeGreaterThan(2);

  delete trouble.fail;
  await clock.advance(1_000);
  await expect.poll(() => letGo).toBe(3);
  expect(broker.published.at(-1)?.message).toEqual(ack(3, store));
  expect((await evidence()).map(({ seq }) => seq)).toEqual([1, 2, 3]);
});

test("one source whose records the database refuses does not hold up the others", async () => {
  const clock = new VirtualClock();
  const { store, trouble } = await troubledStore(clock);
  const { broker, intake } = await openTestIntake({ store, clock });
  await addSource(store, "pc-2");
  trouble.fail = (groups) =>
    groups.some(({ source }) => source === "pc-2") ? new AppError("database-error", "no") : undefined;
  await Promise.all([
    broker.deliver("pc-1", "up", batch(1, 1)),
    broker.deliver("pc-2", "up", batch(1, 1)),
    broker.deliver("pc-1", "up", batch(2, 1)),
  ]);
  const last = (source: string) => broker.published.filter((published) => published.source === source).at(-1)?.message;
  expect(last("pc-1")).toEqual(ack(2, store));
  expect(last("pc-2")).toEqual(ack(0, store));
  expect(intake.stats().groupsFailed).toBeGreaterThan(0);

  delete trouble.fail;
  await broker.deliver("pc-2", "up", batch(1, 1));
  expect(last("pc-2")).toEqual(ack(1, store));
});

test("a worker that lost its marks to another one gives up what it queued and says where the mark is", async () => {
  const clock = new VirtualClock();
  const { store, trouble } = await troubledStore(clock);
  const { broker, evidence, up, intake } = await openTestIntake({ store, clock });
  await up(1, [power("1")]);
  let release: () => void = () => {};
  trouble.hold = new Promise((resolve) => (release = resolve));
  const fenced = broker.deliver("pc-1", "up", batch(2, 2));
  await settle();
  await store.write((tx) => tx.updateTable("mark").set({ committed: 9 }).where("epoch", "=", EPOCH).execute());
  const queuedBehind = broker.deliver("pc-1", "up", batch(4, 1));
  release();
  await Promise.all([fenced, queuedBehind]);
  expect(broker.published.at(-1)?.message).toEqual(ack(9, store));
  expect((await evidence()).map(({ seq }) => seq)).toEqual([1]);
  expect(intake.stats()).toMatchObject({ groupsFenced: 1 });
  expect(await up(10, [power("10")])).toEqual([ack(10, store)]);
});

test("what arrives during a commit is committed together, at most 2,000 records at a time, no batch split", async () => {
  const clock = new VirtualClock();
  const { store, trouble, sizes } = await troubledStore(clock);
  const { broker } = await openTestIntake({ store, clock });
  let release: () => void = () => {};
  trouble.hold = new Promise((resolve) => (release = resolve));
  const all = [broker.deliver("pc-1", "up", batch(1, 1))];
  for (let index = 0; index < 11; index++) all.push(broker.deliver("pc-1", "up", batch(2 + index * 300, 300)));
  await settle();
  release();
  await Promise.all(all);
  expect(sizes).toEqual([1, 1_800, 1_500]);
});

test("batches that came together are one group of their transaction", async () => {
  const clock = new VirtualClock();
  const { store, trouble } = await troubledStore(clock);
  const { broker, evidence } = await openTestIntake({ store, clock });
  let release: () => void = () => {};
  trouble.hold = new Promise((resolve) => (release = resolve));
  const counts: number[][] = [];
  trouble.fail = (groups) => void counts.push(groups.map(({ count }) => count));
  const deliver = (first: number, count: number, ms = 0, address?: string) =>
    broker.deliver("pc-1", "up", { ...batch(first, count), sentAt: formatInstant(SENT_AT + ms) }, address);
  const all = [deliver(1, 1), deliver(2, 2), deliver(4, 2)];
  // Sent at another time, received at another time, and from another address.
  all.push(deliver(6, 1, 1));
  await clock.advance(1);
  all.push(deliver(7, 1, 2), deliver(8, 1, 2, "10.0.0.8"));
  release();
  await Promise.all(all);
  expect(counts).toEqual([[1], [4, 1, 1, 1]]);
  expect((await evidence()).map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("what was prepared of a source that lost its mark meanwhile is left out, and the others' is committed", async () => {
  const clock = new VirtualClock();
  const { store, trouble } = await troubledStore(clock);
  const { broker, evidence, up, intake } = await openTestIntake({ store, clock });
  await addSource(store, "pc-2");
  await up(1, [power("1")]);
  let release: () => void = () => {};
  trouble.hold = new Promise((resolve) => (release = resolve));
  const all = [broker.deliver("pc-1", "up", batch(2, 1))];
  // Three transactions behind it, the first two of them full.
  for (let index = 0; index < 5; index++) {
    all.push(broker.deliver("pc-1", "up", batch(3 + index * 500, 500)));
    all.push(broker.deliver("pc-2", "up", batch(1 + index * 500, 500)));
  }
  await settle();
  await store.write((tx) => tx.updateTable("mark").set({ committed: 9 }).where("epoch", "=", EPOCH).execute());
  release();
  await Promise.all(all);
  const last = (source: string) => broker.published.filter((published) => published.source === source).at(-1)?.message;
  expect([last("pc-1"), last("pc-2")]).toEqual([ack(9, store), ack(2_500, store)]);
  expect((await evidence()).map(({ seq }) => seq)).toEqual([1]);
  expect(intake.stats()).toMatchObject({ groupsFailed: 0, queueRecords: 0, queueBytes: 0 });
});

test("when the queue is full publications wait in their order, and none is lost", async () => {
  const clock = new VirtualClock();
  const { store, trouble } = await troubledStore(clock);
  const { broker, evidence, intake, hello } = await openTestIntake({ store, clock });
  await hello();
  let release: () => void = () => {};
  trouble.hold = new Promise((resolve) => (release = resolve));
  const batches = QUEUE_RECORDS_MAX / 400 + 5;
  const all = Array.from({ length: batches }, (_, index) => broker.deliver("pc-1", "up", batch(1 + index * 400, 400)));
  await settle();
  expect(intake.stats()).toMatchObject({ queueRecords: QUEUE_RECORDS_MAX, publicationsWaiting: 4 });
  release();
  await Promise.all(all);
  const seqs = (await evidence()).map(({ seq }) => seq);
  expect(seqs).toEqual(Array.from({ length: batches * 400 }, (_, index) => index + 1));
  expect(intake.stats()).toMatchObject({ queueRecords: 0, queueBytes: 0, publicationsWaiting: 0 });
});
