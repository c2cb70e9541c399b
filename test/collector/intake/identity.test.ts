import { expect, test } from "vitest";
import { ack, EPOCH, MACHINE, openTestIntake, power } from "./open-test-intake.ts";

const OTHER = "bbbbbbbbbbbbbbbb";

test("hello is answered at once with the committed mark", async () => {
  const { hello, up, store } = await openTestIntake();
  expect(await hello()).toEqual([ack(0, store)]);
  await up(1, [power("a")]);
  expect(await hello({ newest: 1, acked: 1 })).toEqual([ack(1, store)]);
  expect(await store.marks("pc-1")).toEqual([{ epoch: EPOCH, committed: 1, machine: MACHINE }]);
});

test("one epoch from two machines stops the source, and is decided once", async () => {
  const { hello, up, store, decisions, evidence, intake } = await openTestIntake();
  await hello({}, "10.0.0.7");
  await up(1, [power("a")]);
  expect(await hello({ machine: OTHER }, "10.0.0.8")).toEqual([]);
  expect(await hello({ machine: OTHER }, "10.0.0.8")).toEqual([]);
  expect(await hello({}, "10.0.0.7")).toEqual([]);
  expect(await up(2, [power("b")])).toEqual([]);

  const detail = `epoch of machine ${MACHINE} sent by machine ${OTHER}`;
  const addresses = ["10.0.0.7", "10.0.0.8"];
  expect(await decisions("source.duplicate")).toEqual([{ source: "pc-1", epoch: EPOCH, detail, addresses }]);
  expect(await evidence()).toHaveLength(1);
  expect(await store.read.selectFrom("source").select("state").where("name", "=", "pc-1").executeTakeFirst()).toEqual({
    state: "duplicate",
  });
  expect(intake.stats()).toMatchObject({ duplicatesFound: 1, "duplicate-identity": 3 });
});

test("twins that come at the same moment are one finding", async () => {
  const { hello, decisions, intake } = await openTestIntake();
  await hello();
  await Promise.all([hello({ machine: OTHER }), hello({ machine: "cccccccccccccccc" })]);
  expect(await decisions("source.duplicate")).toHaveLength(1);
  expect(intake.stats()).toMatchObject({ duplicatesFound: 1 });
});

test("a source that was revoked meanwhile stays revoked", async () => {
  const { up, store, decisions } = await openTestIntake();
  await up(1, [power("a")]);
  const states = () => store.read.selectFrom("source").select("state").where("name", "=", "pc-1").execute();
  await store.write((tx) => tx.updateTable("source").set({ state: "revoked" }).where("name", "=", "pc-1").execute());
  await up(1, [power("another")]);
  expect(await states()).toEqual([{ state: "revoked" }]);
  expect(await decisions("source.duplicate")).toEqual([]);
});

test("the binding of epoch and machine outlives the centre", async () => {
  const first = await openTestIntake();
  await first.hello();
  await first.intake.close();
  const second = await openTestIntake({ store: first.store, clock: first.clock });
  expect(await second.hello({ machine: OTHER })).toEqual([]);
  expect(await second.decisions("source.duplicate")).toHaveLength(1);
});

test("enrolled anew, the source is heard again", async () => {
  const { hello, store, up } = await openTestIntake();
  await hello();
  await hello({ machine: OTHER });
  await store.write((tx) => tx.updateTable("source").set({ state: "enrolled" }).where("name", "=", "pc-1").execute());
  const epoch = "9f00000000000002";
  expect(await hello({ epoch, machine: OTHER })).toEqual([ack(0, store, epoch)]);
  expect(await up(1, [power("a")], { epoch })).toEqual([ack(1, store, epoch)]);
});

test("one number with two contents stops the source", async () => {
  const { up, decisions } = await openTestIntake();
  await up(1, [power("a"), power("b")]);
  expect(await up(2, [power("another"), power("c")])).toEqual([]);
  expect(await decisions("source.duplicate")).toEqual([
    { source: "pc-1", epoch: EPOCH, detail: "two contents of record 2", addresses: ["10.0.0.7"] },
  ]);
});

test("a journal that ends before what is committed is an older copy of itself, and stops the source", async () => {
  const { hello, up, decisions } = await openTestIntake();
  await hello();
  await up(1, [power("a"), power("b")]);
  expect(await hello({ newest: 2, acked: 2 })).toHaveLength(1);
  expect(await hello({ newest: 1, acked: 1 })).toEqual([]);
  expect(await decisions("source.duplicate")).toMatchObject([{ detail: "journal ends at 1, 2 are committed" }]);
});

test("records that gave way to a gap after they were stored are no clash", async () => {
  const { up, store, decisions } = await openTestIntake();
  await up(1, [power("a"), power("b")]);
  const gap = { kind: "gap", at: "2026-11-23T00:00:00.000Z", body: { from: 1, to: 2, reason: "journal-full" } };
  expect(await up(1, [gap, power("c")])).toEqual([ack(3, store)]);
  expect(await decisions("source.duplicate")).toEqual([]);
});

test("a source that knows of more than the database holds is told of another life of it", async () => {
  const { hello, up, store } = await openTestIntake();
  await up(1, [power("a"), power("b")]);
  const [answer] = (await hello({ acked: 7, newest: 9 })) as [{ db: string; through: number }];
  expect(answer).toMatchObject({ through: 2, db: `${store.incarnation}-2` });
  expect(await up(3, [power("c")])).toEqual([{ ...(ack(3, store) as object), db: `${store.incarnation}-2` }]);
});
