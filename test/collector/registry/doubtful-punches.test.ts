/** Officers' decisions about punches of a clock that lost its time: from the record to the row, and back. */
import { expect, test } from "vitest";
import { findDoubtful } from "../../../collector/console/queries/doubtful-punches.ts";
import { acceptPunch, rejectPunch } from "../../../collector/registry/doubtful-punches.ts";
import type { RegistryDeps } from "../../../collector/registry/registry.ts";
import { punchOf } from "../projections/support/reports.ts";
import { projectedRows, Site } from "../projections/support/site.ts";

const OFFICER = { by: "cli:wang", reason: "停电后时钟归零" };
const LINE = { clock: "hall-1", device: 1, family: "tcb", port: "/dev/ttyUSB0" };
const RESET_AT = Date.parse("1999-12-31T16:00:30Z");
const ALL = { limit: 50 } as const;

interface Opened {
  site: Site;
  deps: RegistryDeps;
  /** The punch of the clock that shows the year 2000. */
  punch: number;
  madeAt: number;
}

/** One true punch, then the clock loses its time, somebody punches, and the reader measures. */
async function open({ measured = true, via = "live" as "live" | "log" } = {}): Promise<Opened> {
  const site = await Site.open();
  await site.enrol("hall", "reader");
  await site.record("hall", "clock", { event: "state", ...LINE, offsetBeforeMs: 200 });
  await site.record("hall", "punch", punchOf("6", site.now));
  await site.pass(60_000);
  const madeAt = site.now;
  await site.pass(via === "live" ? 1_000 : 600_000);
  const body = punchOf("7", RESET_AT, { doubt: "before-installation", readAt: new Date(site.now).toISOString(), via });
  await site.record("hall", "punch", body, { at: RESET_AT });
  await site.pass(10_000);
  if (measured) {
    const offsets = { offsetBeforeMs: RESET_AT - madeAt, offsetAfterMs: 12 };
    await site.record("hall", "clock", { event: "time-set", ...LINE, ...offsets });
  }
  await site.projector.start();
  const row = await site.store.read.selectFrom("punch").select("id").where("user", "=", "7").executeTakeFirstOrThrow();
  const deps = { store: site.store, applied: (id: number) => site.projector.applied(id) };
  return { site, deps, punch: row.id, madeAt };
}

async function rowOf({ site, punch }: Opened) {
  return await site.store.read
    .selectFrom("punch")
    .select(["state", "at", "doubt", "decision"])
    .where("id", "=", punch)
    .executeTakeFirstOrThrow();
}

test("a doubtful punch is listed with the time that the clock's measured error gives it", async () => {
  const opened = await open();
  const { items } = await findDoubtful(opened.site.store, ALL);
  expect(items).toHaveLength(1);
  expect(items[0]).toMatchObject({
    id: opened.punch,
    user: "7",
    deviceTime: "2000-01-01T00:00:30",
    doubt: "before-installation",
    decision: null,
    proposal: { at: new Date(opened.madeAt).toISOString(), basis: "offset", measured: expect.any(Number) },
  });
});

test("an accepted punch counts at the time proposed, with who, when and why beside it, and leaves the list", async () => {
  const opened = await open();
  const { site, deps, punch, madeAt } = opened;
  const answer = await acceptPunch(deps, { punch }, OFFICER);
  expect(answer).toMatchObject({ at: new Date(madeAt).toISOString(), basis: "offset", dryRun: false });
  expect(await rowOf(opened)).toEqual({
    state: "accepted",
    at: madeAt,
    doubt: "before-installation",
    decision: "accepted",
  });
  expect((await findDoubtful(site.store, ALL)).items).toEqual([]);
  const { items } = await findDoubtful(site.store, { ...ALL, decided: true });
  expect(items[0]?.decision).toEqual({
    record: answer.record,
    result: "accepted",
    basis: "offset",
    by: "cli:wang",
    reason: "停电后时钟归零",
    decidedAt: new Date(site.now).toISOString(),
  });
  const told = await site.store.read.selectFrom("change").selectAll().where("type", "=", "punch").execute();
  expect(told.filter(({ key }) => key === String(punch))).toHaveLength(2);
});

test("a later decision corrects an earlier one, and a rebuild gives the same rows", async () => {
  const opened = await open();
  const { site, deps, punch, madeAt } = opened;
  await acceptPunch(deps, { punch }, OFFICER);
  await acceptPunch(deps, { punch, at: madeAt - 5_000 }, OFFICER);
  expect(await rowOf(opened)).toMatchObject({ state: "accepted", at: madeAt - 5_000 });
  await rejectPunch(deps, { punch }, OFFICER);
  expect(await rowOf(opened)).toMatchObject({ state: "doubtful", at: RESET_AT, decision: "rejected" });
  await acceptPunch(deps, { punch }, OFFICER);
  const rows = await projectedRows(site.store);
  await site.projector.rebuild();
  expect(await projectedRows(site.store)).toEqual(rows);
  expect(await rowOf(opened)).toMatchObject({ state: "accepted", at: madeAt });
});

test("without a measurement a push is proposed for when it arrived, and a punch of the log needs the officer's word", async () => {
  const pushed = await open({ measured: false });
  const proposed = (await findDoubtful(pushed.site.store, ALL)).items[0]?.proposal;
  expect(proposed).toMatchObject({ basis: "received", at: new Date(pushed.madeAt + 1_000).toISOString() });

  const logged = await open({ measured: false, via: "log" });
  const { deps, punch, madeAt } = logged;
  expect((await findDoubtful(logged.site.store, ALL)).items[0]?.proposal).toBeNull();
  await expect(acceptPunch(deps, { punch }, OFFICER)).rejects.toMatchObject({ code: "no-proposal" });
  expect(await acceptPunch(deps, { punch, at: madeAt }, OFFICER)).toMatchObject({ basis: "officer", measured: null });
});

test("what is refused changes nothing", async () => {
  const opened = await open();
  const { site, deps, punch } = opened;
  const { id: plain } = await site.store.read
    .selectFrom("punch")
    .select("id")
    .where("user", "=", "6")
    .executeTakeFirstOrThrow();
  const before = await projectedRows(site.store);
  const refusals = [
    [acceptPunch(deps, { punch: plain }, OFFICER), "punch-not-doubtful"],
    [rejectPunch(deps, { punch: plain }, OFFICER), "punch-not-doubtful"],
    [acceptPunch(deps, { punch: 9_999 }, OFFICER), "unknown-punch"],
    [acceptPunch(deps, { punch }, { by: "cli:wang" }), "reason-required"],
    [rejectPunch(deps, { punch }, { by: "cli:wang" }), "reason-required"],
    [acceptPunch(deps, { punch, at: site.now + 120_001 }, OFFICER), "bad-time"],
  ] as const;
  for (const [refused, code] of refusals) await expect(refused).rejects.toMatchObject({ code });
  expect(await acceptPunch(deps, { punch }, OFFICER, { dryRun: true })).toMatchObject({ record: null, dryRun: true });
  await site.projector.catchUp();
  expect(await projectedRows(site.store)).toEqual(before);
});
