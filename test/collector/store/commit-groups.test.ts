import { expect, test } from "vitest";
import { MARK_IDS_MAX, MarkIds } from "../../../collector/store/mark-ids.ts";
import type { RecordGroup } from "../../../collector/store/port.ts";
import { addSource, openTestStore } from "../../support/test-store.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const EPOCH = "9f00000000000001";

function group(first: number, bodies: string[], change: Partial<RecordGroup> = {}): RecordGroup {
  return {
    source: "pc-1",
    site: "hall",
    epoch: EPOCH,
    expected: first - 1,
    first,
    count: bodies.length,
    receivedAt: 1_000,
    address: "10.0.0.7",
    offsetMs: -12,
    records: bodies.map((body, index) => ({ seq: first + index, kind: "power", at: 500 + index, body })),
    quarantined: [],
    ...change,
  };
}

test("a group becomes rows as they were given, and moves the mark", async () => {
  const clock = new VirtualClock(2_000);
  const store = await openTestStore({ clock });
  await addSource(store, "pc-1");

  const bodies = ['{"text":"反病毒 \\"on\\" \\\\ 𠮷"}', "{}"];
  expect(await store.commitGroups([group(1, bodies)])).toEqual([{ ok: true, committed: 2 }]);

  const rows = await store.read.selectFrom("record").selectAll().orderBy("id").execute();
  const common = {
    mark_id: 1,
    kind: "power",
    received_at: 1_000,
    committed_at: 2_000,
    address: "10.0.0.7",
    offset_ms: -12,
  };
  expect(rows).toEqual([
    { ...common, id: 1, seq: 1, at: 500, body: bodies[0] },
    { ...common, id: 2, seq: 2, at: 501, body: bodies[1] },
  ]);
  expect(await store.marks("pc-1")).toEqual([{ epoch: EPOCH, committed: 2, machine: null }]);
});

test("many sources' groups are one transaction", async () => {
  const store = await openTestStore();
  for (const name of ["pc-1", "pc-2", "pc-3"]) await addSource(store, name);
  const before = store.stats().transactions;
  const outcomes = await store.commitGroups(
    ["pc-1", "pc-2", "pc-3"].map((source, index) => group(1, Array(index + 1).fill("{}"), { source })),
  );
  expect(outcomes.map((outcome) => outcome.committed)).toEqual([1, 2, 3]);
  expect(store.stats().transactions).toBe((before ?? 0) + 1);
});

test("a group whose mark another worker moved inserts nothing and learns where the mark is", async () => {
  const store = await openTestStore();
  await addSource(store, "pc-1");
  await addSource(store, "pc-2");
  await store.commitGroups([group(1, ["{}", "{}", "{}"])]);

  const outcomes = await store.commitGroups([group(2, ["{}"]), group(1, ["{}"], { source: "pc-2" })]);
  expect(outcomes).toEqual([
    { ok: false, code: "mark-moved", committed: 3 },
    { ok: true, committed: 1 },
  ]);
  const { count } = await store.read
    .selectFrom("record")
    .select((query) => query.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  expect(count).toBe(4);
});

test("quarantined records are kept whole and count towards the mark", async () => {
  const store = await openTestStore();
  const sourceId = await addSource(store, "pc-1");
  const bad = { seq: 2, reason: "invalid-record", detail: "body.event: missing", raw: '{"kind":"power"}' };
  const mixed = group(1, ["{}"], { count: 2, quarantined: [bad] });
  expect(await store.commitGroups([mixed])).toEqual([{ ok: true, committed: 2 }]);
  expect(await store.read.selectFrom("quarantine").selectAll().execute()).toEqual([
    { id: 1, source_id: sourceId, mark_id: 1, received_at: 1_000, ...bad },
  ]);
});

test("a gap that stands for a range moves the mark behind the range", async () => {
  const store = await openTestStore();
  await addSource(store, "pc-1");
  const gap = group(1, ["{}"], { count: 80 });
  expect(await store.commitGroups([gap])).toEqual([{ ok: true, committed: 80 }]);
  expect(await store.commitGroups([group(81, ["{}"])])).toEqual([{ ok: true, committed: 81 }]);
});

test("an unknown source is refused and nothing of the transaction stays", async () => {
  const store = await openTestStore();
  await addSource(store, "pc-1");
  const groups = [group(1, ["{}"]), group(1, ["{}"], { source: "nobody" })];
  await expect(store.commitGroups(groups)).rejects.toMatchObject({ code: "unknown-source" });
  expect(await store.marks("pc-1")).toEqual([]);
  expect(await store.commitGroups([group(1, ["{}"])])).toEqual([{ ok: true, committed: 1 }]);
});

test("two epochs of one source have marks of their own", async () => {
  const store = await openTestStore();
  await addSource(store, "pc-1");
  const other = "9f00000000000002";
  await store.commitGroups([group(1, ["{}", "{}"]), group(1, ["{}"], { epoch: other })]);
  expect(await store.marks("pc-1")).toEqual([
    { epoch: EPOCH, committed: 2, machine: null },
    { epoch: other, committed: 1, machine: null },
  ]);
});

test("groups of one mark follow each other in a transaction, each with what was seen of it", async () => {
  const store = await openTestStore();
  await addSource(store, "pc-1");
  const chain = [group(1, ["{}", "{}"]), group(3, ["{}"], { receivedAt: 1_001, address: null })];
  expect(await store.commitGroups(chain)).toEqual([
    { ok: true, committed: 2 },
    { ok: true, committed: 3 },
  ]);
  const rows = await store.read.selectFrom("record").select(["seq", "received_at", "address"]).orderBy("id").execute();
  expect(rows).toEqual([
    { seq: 1, received_at: 1_000, address: "10.0.0.7" },
    { seq: 2, received_at: 1_000, address: "10.0.0.7" },
    { seq: 3, received_at: 1_001, address: null },
  ]);
  const fenced = [group(2, ["{}"]), group(3, ["{}"])];
  expect(await store.commitGroups(fenced)).toEqual([
    { ok: false, code: "mark-moved", committed: 3 },
    { ok: false, code: "mark-moved", committed: 3 },
  ]);
});

test("groups prepared ahead become the same rows, though others were prepared before they were committed", async () => {
  const store = await openTestStore();
  await addSource(store, "pc-1");
  const pieces = [1, 2, 3, 4, 5].map((first) => [group(first, [`{"text":"number ${first}"}`])]);
  for (const piece of pieces.slice(0, 2)) await store.commitGroups(piece);
  for (const piece of pieces.slice(2)) store.prepareGroups(piece);
  for (const piece of pieces.slice(2)) await store.commitGroups(piece);
  const rows = await store.read.selectFrom("record").select(["seq", "body"]).orderBy("id").execute();
  expect(rows).toEqual(pieces.flat().map(({ first, records }) => ({ seq: first, body: records[0]?.body })));
});

test("groups prepared ahead can be committed again when the first attempt came to nothing", async () => {
  const store = await openTestStore();
  await addSource(store, "pc-1");
  await store.commitGroups([group(1, ["{}"])]);
  const groups = [group(3, ['{"text":"third"}'])];
  store.prepareGroups(groups);
  expect(await store.commitGroups(groups)).toEqual([{ ok: false, code: "mark-moved", committed: 1 }]);
  await store.commitGroups([group(2, ['{"text":"other"}'])]);
  expect(await store.commitGroups(groups)).toEqual([{ ok: true, committed: 3 }]);
  const bodies = await store.read.selectFrom("record").select("body").orderBy("id").execute();
  expect(bodies.at(-1)).toEqual({ body: '{"text":"third"}' });
});

test("so many marks are remembered, each counted once however often it is told", () => {
  const ids = new MarkIds();
  const mark = (number: number) => ({ source: `pc-${number}`, epoch: EPOCH });
  ids.set(mark(1), 1);
  for (let times = 0; times < MARK_IDS_MAX; times++) ids.set(mark(2), 2);
  for (let number = 3; number <= MARK_IDS_MAX; number++) ids.set(mark(number), number);
  expect([ids.get(mark(1)), ids.get(mark(MARK_IDS_MAX))]).toEqual([1, MARK_IDS_MAX]);
  ids.set(mark(MARK_IDS_MAX + 1), MARK_IDS_MAX + 1);
  expect([ids.get(mark(1)), ids.get(mark(MARK_IDS_MAX + 1))]).toEqual([undefined, MARK_IDS_MAX + 1]);
});
