import { expect, test } from "vitest";
import { ack, EPOCH, openTestIntake, power } from "./open-test-intake.ts";

test("a batch is acknowledged after it is committed, and stands in the database as it was sent", async () => {
  const { up, store, evidence } = await openTestIntake();
  const odd = {
    kind: "power",
    at: "2026-11-23T00:00:00.000Z",
    body: { ...bodyOf(power("a")), later: "unknown to us" },
  };
  expect(await up(1, [power("反病毒"), odd])).toEqual([ack(2, store)]);
  expect(await evidence()).toEqual([
    { seq: 1, kind: "power", body: '{"event":"boot","source":"systemd-journal","evidence":["反病毒"]}' },
    {
      seq: 2,
      kind: "power",
      body: '{"event":"boot","source":"systemd-journal","evidence":["a"],"later":"unknown to us"}',
    },
  ]);
});

test("what the centre adds: when and from where it came, and by how much the source's clock is ahead", async () => {
  const { up, store, clock } = await openTestIntake();
  await up(1, [power("a")], { sentAt: new Date(clock.now() + 2_500).toISOString() });
  const row = await store.read
    .selectFrom("record")
    .select(["at", "received_at", "committed_at", "address", "offset_ms"])
    .where("kind", "=", "power")
    .executeTakeFirstOrThrow();
  const at = Date.parse("2026-11-23T00:59:58.120Z");
  const now = clock.now();
  expect(row).toEqual({ at, received_at: now, committed_at: now, address: "10.0.0.7", offset_ms: 2_500 });
});

test("a duplicate is answered with the committed mark and stored once", async () => {
  const { up, store, evidence } = await openTestIntake();
  await up(1, [power("a"), power("b")]);
  expect(await up(1, [power("a"), power("b")])).toEqual([ack(2, store)]);
  expect(await evidence()).toHaveLength(2);
});

test("of a batch that overlaps only the new part is taken", async () => {
  const { up, store, evidence } = await openTestIntake();
  await up(1, [power("a"), power("b")]);
  expect(await up(2, [power("b"), power("c"), power("d")])).toEqual([ack(4, store)]);
  expect((await evidence()).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
});

test("a batch beyond the mark is not taken; the answer is where the mark is", async () => {
  const { up, store, evidence } = await openTestIntake();
  await up(1, [power("a")]);
  expect(await up(3, [power("c")])).toEqual([ack(1, store)]);
  expect(await evidence()).toHaveLength(1);
});

test("a copy of a batch that is still being committed is not let go before it is committed", async () => {
  const { broker, evidence, store } = await openTestIntake();
  const message = { v: 1, epoch: EPOCH, first: 1, sentAt: "2026-11-23T00:00:00.000Z", records: [power("a")] };
  const first = broker.deliver("pc-1", "up", message);
  const copy = broker.deliver("pc-1", "up", message).then(async () => (await store.marks("pc-1"))[0]?.committed);
  expect(await copy).toBe(1);
  await first;
  expect(await evidence()).toHaveLength(1);
});

test("a gap in the place of lost records moves the mark behind all of them", async () => {
  const { up, store, evidence } = await openTestIntake();
  await up(1, [power("a")]);
  const gap = { kind: "gap", at: "2026-11-23T00:00:00.000Z", body: { from: 2, to: 79, reason: "journal-expired" } };
  expect(await up(2, [gap, power("b")])).toEqual([ack(80, store)]);
  expect((await evidence()).map(({ seq, kind }) => [seq, kind])).toEqual([
    [1, "power"],
    [2, "gap"],
    [80, "power"],
  ]);
});

test("a gap that grew while it was sent again is neither a clash nor a hole", async () => {
  const { up, store, hello } = await openTestIntake();
  const gap = (to: number) => ({
    kind: "gap",
    at: "2026-11-23T00:00:00.000Z",
    body: { from: 1, to, reason: "journal-full" },
  });
  await up(1, [gap(10)]);
  expect(await up(1, [gap(20)])).toEqual([ack(10, store)]);
  const rest = { ...gap(20), body: { ...gap(20).body, from: 11 } };
  expect(await up(11, [rest, power("b")])).toEqual([ack(21, store)]);
  expect(await hello({ acked: 21, newest: 21 })).toEqual([ack(21, store)]);
});

test("records that fail validation are kept whole, acknowledged, and hold up nothing behind them", async () => {
  const { up, store, evidence, intake } = await openTestIntake();
  const wrong = { kind: "power", at: "2026-11-23T00:00:00.000Z", body: { event: "explosion" } };
  const foreign = { kind: "weather", at: "2026-11-23T00:00:00.000Z", body: { rain: true } };
  expect(await up(1, [power("a"), wrong, foreign, "rubbish", power("b")])).toEqual([ack(5, store)]);
  expect((await evidence()).map(({ seq }) => seq)).toEqual([1, 5]);
  const rows = await store.read
    .selectFrom("quarantine")
    .select(["seq", "reason", "detail", "raw"])
    .orderBy("id")
    .execute();
  expect(rows).toEqual([
    { seq: 2, reason: "invalid-record", detail: expect.stringContaining("power: event"), raw: JSON.stringify(wrong) },
    { seq: 3, reason: "unknown-kind", detail: "weather", raw: JSON.stringify(foreign) },
    { seq: 4, reason: "invalid-record", detail: expect.any(String), raw: '"rubbish"' },
  ]);
  expect(intake.stats()).toMatchObject({ quarantined: 3 });
});

test("a record nested deeper than can be written is set aside like any other", async () => {
  const { broker, store } = await openTestIntake();
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  const good = JSON.stringify(power("b"));
  const records = `[{"kind":"power","at":"2026-11-23T00:00:00.000Z","body":{"event":"boot","source":"s","evidence":[],"x":${deep}}},${good}]`;
  const text = `{"v":1,"epoch":"${EPOCH}","first":1,"sentAt":"2026-11-23T00:00:00.000Z","records":${records}}`;
  await broker.deliver("pc-1", "up", Buffer.from(text));
  expect(broker.published.at(-1)?.message).toEqual(ack(2, store));
});

test("a source has a mark for each epoch of its journal", async () => {
  const { up, store } = await openTestIntake();
  await up(1, [power("a"), power("b")]);
  const next = "9f00000000000002";
  expect(await up(1, [power("c")], { epoch: next })).toEqual([ack(1, store, next)]);
  expect(await up(3, [power("d")])).toEqual([ack(3, store)]);
});

test("acknowledgements that are due while one is on its way become one", async () => {
  const { broker, store } = await openTestIntake();
  let letGo: () => void = () => {};
  let publishing = 0;
  broker.beforePublish = async () => {
    publishing++;
    if (publishing === 1) await new Promise<void>((resolve) => (letGo = resolve));
  };
  const batch = (first: number) => ({
    v: 1,
    epoch: EPOCH,
    first,
    sentAt: "2026-11-23T00:00:00.000Z",
    records: [power(`${first}`)],
  });
  for (let first = 1; first <= 4; first++) await broker.deliver("pc-1", "up", batch(first));
  expect(publishing).toBe(1);
  letGo();
  await expect.poll(() => broker.published.map(({ message }) => message)).toEqual([ack(1, store), ack(4, store)]);
});

test("marks are taken up where they were after a restart of the centre", async () => {
  const first = await openTestIntake();
  await first.up(1, [power("a"), power("b")]);
  await first.intake.close();
  const second = await openTestIntake({ store: first.store, clock: first.clock });
  expect(await second.up(2, [power("b"), power("c")])).toEqual([ack(3, second.store)]);
  expect(await second.evidence()).toHaveLength(3);
});

function bodyOf(record: unknown): object {
  return (record as { body: object }).body;
}
