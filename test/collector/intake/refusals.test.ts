import { expect, test } from "vitest";
import { BATCH_BYTES_MAX } from "../../../protocol/messages/limits.ts";
import { addSource } from "../../support/test-store.ts";
import { EPOCH, openTestIntake, power } from "./open-test-intake.ts";

const BATCH = { v: 1, epoch: EPOCH, first: 1, sentAt: "2026-11-23T00:00:00.000Z", records: [power("a")] };

test.each([
  ["message-too-large", Buffer.alloc(BATCH_BYTES_MAX + 1, "x")],
  ["not-utf8", Buffer.from([0x7b, 0xff, 0x7d])],
  ["not-json", Buffer.from('{"v":1,')],
  ["bad-envelope", Buffer.from("null")],
  ["bad-envelope", Buffer.from(JSON.stringify({ ...BATCH, first: 0 }))],
  ["bad-envelope", Buffer.from(JSON.stringify({ ...BATCH, v: 2 }))],
])("%s: counted, kept once in a while, never acknowledged", async (code, payload) => {
  const { broker, intake, store, evidence } = await openTestIntake();
  for (let times = 0; times < 3; times++) await broker.deliver("pc-1", "up", payload);
  expect(intake.stats()[code]).toBe(3);
  expect(broker.published).toEqual([]);
  expect(await evidence()).toEqual([]);
  await expect
    .poll(() => store.read.selectFrom("quarantine").select(["mark_id", "seq", "reason"]).execute())
    .toEqual([{ mark_id: null, seq: null, reason: code }]);
});

test("more than 500 records are no batch", async () => {
  const { broker, intake } = await openTestIntake();
  const tiny = { kind: "x", at: "2026-11-23T00:00:00.000Z", body: {} };
  await broker.deliver("pc-1", "up", { ...BATCH, records: Array(501).fill(tiny) });
  expect(intake.stats()).toMatchObject({ "bad-envelope": 1 });
  await broker.deliver("pc-1", "up", { ...BATCH, records: Array(500).fill(tiny) });
  expect(intake.stats()).toMatchObject({ "bad-envelope": 1, quarantined: 500 });
});

test("a source that nobody enrolled is refused, until it is enrolled", async () => {
  const { broker, intake, clock, store } = await openTestIntake();
  await broker.deliver("pc-9", "up", BATCH);
  await broker.deliver("pc-9", "hello", BATCH);
  expect(intake.stats()).toMatchObject({ "unknown-source": 1, "bad-envelope": 1 });
  await addSource(store, "pc-9");
  await clock.advance(6_000);
  await broker.deliver("pc-9", "up", BATCH);
  expect(broker.published).toHaveLength(1);
});

test("a revoked source is refused", async () => {
  const { broker, intake, store, hello } = await openTestIntake();
  await store.write((tx) => tx.updateTable("source").set({ state: "revoked" }).where("name", "=", "pc-1").execute());
  expect(await hello()).toEqual([]);
  await broker.deliver("pc-1", "up", BATCH);
  expect(intake.stats()).toMatchObject({ revoked: 2 });
  expect(broker.published).toEqual([]);
});

test("trouble is logged once a minute for each kind and source, however often it comes", async () => {
  const lines: object[] = [];
  const log = { debug() {}, info() {}, error() {}, warn: (fields: object) => void lines.push(fields) };
  const { broker, clock } = await openTestIntake({ log });
  for (let times = 0; times < 50; times++) await broker.deliver("pc-1", "up", Buffer.from("{"));
  expect(lines).toEqual([{ trouble: "not-json", source: "pc-1", channel: "up", detail: "not JSON" }]);
  await clock.advance(60_000);
  await broker.deliver("pc-1", "up", Buffer.from("{"));
  expect(lines).toHaveLength(2);
});

test("a source may begin so many epochs and no more", async () => {
  const { up, intake } = await openTestIntake();
  for (let epoch = 1; epoch <= 257; epoch++) {
    const answers = await up(1, [power("a")], { epoch: epoch.toString(16).padStart(16, "0") });
    expect(answers).toHaveLength(epoch <= 256 ? 1 : 0);
  }
  expect(intake.stats()).toMatchObject({ "too-many-epochs": 1 });
});
