/** What PCs reported goes when its time is over; what follows from it, and what something still rests on, does not. */
import { describe, expect, test } from "vitest";
import { createCalendar } from "../../../collector/calendar/calendar.ts";
import { RULES } from "../../../collector/compliance/rules.ts";
import { DEFAULT_COMPLIANCE_SETTINGS } from "../../../collector/compliance/settings.ts";
import { lastBefore } from "../../../collector/retention/cut.ts";
import { FIRST_RUN_MS, RUN_EVERY_MS, startRetention } from "../../../collector/retention/keeper.ts";
import { applyRetention, planRetention, type RetentionDeps } from "../../../collector/retention/retention.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { Happenings, PCS } from "../projections/support/happenings.ts";
import { DAY_MS, HOUR_MS, punchOf } from "../projections/support/reports.ts";
import { projectedRows, Site } from "../projections/support/site.ts";

function depsOf({ store, clock }: Site): RetentionDeps {
  const judged = { rules: RULES, settings: DEFAULT_COMPLIANCE_SETTINGS, calendar: createCalendar() };
  return { store, clock, log: SILENT_LOG, ...judged };
}

async function kindsOf({ store }: Site): Promise<string[]> {
  const rows = await store.read.selectFrom("record").select("kind").orderBy("id").execute();
  return rows.map(({ kind }) => kind);
}

/** A reader with a punch, a PC that is as it should be, and one whose protection is off; 200 days later both speak again. */
async function oldSite(): Promise<Site> {
  const site = await Site.open();
  await site.enrol("hall", "reader");
  await site.record("hall", "punch", punchOf("7", site.now), { at: site.now });
  await site.record("hall", "clock", { event: "online", clock: "hall-1", device: 1, family: "tcb", port: "p" });
  await site.presence("hall", "online");
  const good = await site.office("pc-good");
  const bad = await site.office("pc-bad", { address: "10.1.2.9", protection: false });
  await site.until("2026-11-23 12:00");
  expect(await site.findings()).toContain("pc-bad: WG18-protection-off open");
  await site.presence("pc-good", "lost");
  await site.clock.advance(200 * DAY_MS + HOUR_MS);
  await site.decide({ kind: "source.revoked", body: { source: "pc-good", by: "test" } });
  await site.report("pc-good", good, "start");
  await site.report("pc-bad", bad, "start");
  await site.projector.catchUp();
  return site;
}

describe("of an old site", () => {
  test("what PCs reported goes, but not what an open finding may rest on, nor punches, readers' records and decisions", async () => {
    const site = await oldSite();
    const before = await kindsOf(site);
    const plan = await planRetention(depsOf(site));
    expect(plan).toEqual({
      days: 200,
      before: site.now - 200 * DAY_MS,
      through: before.length - 3,
      oldestAt: site.now - 200 * DAY_MS - 5 * HOUR_MS,
      records: 3,
      bytes: expect.any(Number),
      kinds: { posture: 1, presence: 2 },
      held: 2,
    });
    expect(await kindsOf(site), "a plan changes nothing").toEqual(before);

    expect(await applyRetention(depsOf(site))).toBe(3);
    const after = await kindsOf(site);
    const gone = [...before];
    for (const kind of ["posture", "presence", "presence"]) gone.splice(gone.indexOf(kind), 1);
    expect([...after].sort()).toEqual([...gone].sort());
    expect(await planRetention(depsOf(site))).toMatchObject({ records: 0, kinds: {}, held: 2 });
    expect(await applyRetention(depsOf(site))).toBe(0);
  });

  test("what was held goes once the finding is resolved", async () => {
    const site = await oldSite();
    await applyRetention(depsOf(site));
    await site.decide({ kind: "source.revoked", body: { source: "pc-bad", by: "test" } });
    await site.projector.catchUp();
    expect(await applyRetention(depsOf(site))).toBe(2);
  });

  test("officers may keep it longer", async () => {
    const site = await oldSite();
    const body = { key: "retention.days", value: 365, by: "test", reason: "年度审计" };
    await site.decide({ kind: "setting.changed", body });
    expect(await planRetention(depsOf(site))).toMatchObject({ days: 365, through: 0, records: 0, held: 0 });
    expect(await applyRetention(depsOf(site))).toBe(0);
  });

  test("nothing goes before the projections have taken it up, nor while they are computed anew", async () => {
    const site = await oldSite();
    const before = await kindsOf(site);
    await site.store.write((tx) =>
      tx.updateTable("cursor").set({ record_id: 1 }).where("name", "=", "projections").execute(),
    );
    await expect(applyRetention(depsOf(site))).rejects.toMatchObject({ code: "rebuilding" });
    const state = { name: "rebuild", value: JSON.stringify({ from: 0, through: before.length, horizon: 0 }) };
    await site.store.write(async (tx) => {
      await tx.updateTable("cursor").set({ record_id: before.length }).where("name", "=", "projections").execute();
      await tx.insertInto("projection_state").values(state).execute();
    });
    await expect(applyRetention(depsOf(site))).rejects.toMatchObject({ code: "rebuilding" });
    expect(await kindsOf(site)).toEqual(before);
  });

  test("a run that could not be is told, and made up for by the next", async () => {
    const site = await oldSite();
    const keeper = startRetention(depsOf(site));
    const at = (record_id: number) =>
      site.store.write((tx) => tx.updateTable("cursor").set({ record_id }).where("name", "=", "projections").execute());
    const reached = (await kindsOf(site)).length;
    await at(1);
    expect(keeper.begin().state).toBe("running");
    await expect.poll(() => keeper.state()).toMatchObject({ state: "failed", code: "rebuilding" });
    expect(keeper.stats()).toMatchObject({ runs: 0, failures: 1, failing: 1 });
    await at(reached);
    keeper.begin();
    await expect.poll(() => keeper.state()).toMatchObject({ state: "done", removed: 3 });
    await keeper.stop();
    expect(keeper.begin()).toMatchObject({ state: "done" });
  });

  test("a running collector removes it a while after its start, then daily, and counts it", async () => {
    const site = await oldSite();
    const keeper = startRetention(depsOf(site));
    expect(keeper.state()).toEqual({ state: "never", removed: 0, endedAt: null });
    await site.clock.advance(FIRST_RUN_MS);
    await expect.poll(() => keeper.state().state).toBe("done");
    expect(keeper.state()).toEqual({ state: "done", removed: 3, endedAt: site.now });
    await site.clock.advance(RUN_EVERY_MS);
    await expect.poll(() => keeper.stats().runs).toBe(2);
    await keeper.stop();
    expect(keeper.stats()).toMatchObject({ runs: 2, failures: 0, removed: 3, lastRunAt: site.now, failing: 0 });
    expect(site.clock.pendingTimers).toBe(0);
  });
});

/** Cut off anywhere, in the base's way or between removals. */
async function interrupted(deps: RetentionDeps, random: () => number): Promise<number> {
  let left = Math.floor(random() * 6);
  return await applyRetention(deps, () => left-- <= 0);
}

/** Stopped after its first batch, and gone on with by another process. */
async function stoppedRebuild(site: Site): Promise<void> {
  const first = site.newProjector();
  let stopping: Promise<void> | undefined;
  await first.rebuild({
    onProgress: () => {
      stopping ??= first.stop();
    },
  });
  await stopping;
  expect(await site.store.read.selectFrom("projection_state").select("name").execute()).toContainEqual({
    name: "rebuild",
  });
  await site.newProjector().catchUp();
}

test.each([1, 2, 3])(
  "a rebuild gives the same rows after records have gone as before (seed %i)",
  { timeout: 120_000 },
  async (seed) => {
    const random = seededRandom(seed);
    const site = await Site.open();
    const happenings = new Happenings(site, random);
    await happenings.begin();
    const happen = async (steps: number) => {
      for (let step = 0; step < steps; step++) {
        await site.clock.advance(Math.floor(random() * 4 * HOUR_MS));
        await happenings.next();
      }
      await site.projector.catchUp();
    };
    for (const name of PCS) await site.approve(name);
    await happen(150);
    await site.clock.advance(195 * DAY_MS);
    await happen(60);
    let gone = 0;
    for (let round = 0; round < 3; round++) {
      // Of a PC without open findings everything old may go; others open new ones meanwhile.
      await site.decide({ kind: "source.revoked", body: { source: PCS[round] as string, by: "test" } });
      await site.projector.catchUp();
      gone += await interrupted(depsOf(site), random);
      gone += await applyRetention(depsOf(site));
      const live = await projectedRows(site.store);
      await stoppedRebuild(site);
      expect(await projectedRows(site.store), `seed ${seed}, round ${round}`).toEqual(live);
      await site.clock.advance(3 * DAY_MS);
      await happen(30);
    }
    expect(gone).toBeGreaterThan(20);
  },
);

test("each projected table has its twin in the base, column by column", async () => {
  const { store } = await Site.open();
  const tables = await store.read.introspection.getTables();
  const columnsOf = (wanted: string) =>
    tables.find(({ name }) => name === wanted)?.columns.map(({ name, dataType }) => `${name} ${dataType}`);
  const twins = tables.filter(({ name }) => name.startsWith("base_"));
  expect(twins).toHaveLength(10);
  for (const { name } of twins) expect(columnsOf(name), name).toEqual(columnsOf(name.slice("base_".length)));
});

test("the last record before a moment is found among gaps, and is never the newest of all", async () => {
  const site = await Site.open();
  const start = site.now;
  for (let minute = 0; minute < 40; minute++) {
    await site.decide({ kind: "centre.started", body: { silentSince: null, version: "0" } });
    await site.clock.advance(60_000);
  }
  await site.store.write((tx) => tx.deleteFrom("record").where("id", "in", [1, 2, 3, 17, 18, 30]).execute());
  const { read } = site.store;
  const rows = await read.selectFrom("record").select(["id", "committed_at"]).orderBy("id").execute();
  for (let minute = 0; minute <= 45; minute++) {
    const moment = start + minute * 60_000;
    const found = await lastBefore(read, moment);
    const old = rows.filter(({ committed_at }) => committed_at < moment);
    const covered = rows.filter(({ id }) => id <= found);
    const newest = rows.at(-1)?.id;
    expect(covered, String(minute)).toEqual(old.filter(({ id }) => id !== newest));
  }
});
