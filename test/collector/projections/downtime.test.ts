/** The centre's own absence: nothing is concluded for a time when it did not listen. */
import { expect, test } from "vitest";
import { siteTime } from "./support/reports.ts";
import { projectedRows, Site } from "./support/site.ts";

async function comeBack(site: Site, silentSince: string): Promise<void> {
  const body = { silentSince: siteTime(silentSince), version: "0.1.0" };
  await site.decide({ kind: "centre.started", body });
  await site.projector.catchUp();
}

test("a PC lost in working hours is a warning after an hour", async () => {
  const site = await Site.open({ start: "2026-11-23 08:00" });
  await site.office("pc-1");
  await site.until("2026-11-23 09:30");
  await site.presence("pc-1", "lost");
  await site.until("2026-11-23 10:29");
  expect(await site.findings()).toEqual([]);
  await site.until("2026-11-23 10:31");
  expect(await site.findings()).toEqual(["pc-1: XC1-silent open"]);
  await site.online("pc-1");
  await site.projector.catchUp();
  expect(await site.findings()).toEqual(["pc-1: XC1-silent resolved"]);
});

test("the centre's absence does not count towards that hour", async () => {
  const site = await Site.open({ start: "2026-11-23 08:00" });
  await site.office("pc-1");
  await site.until("2026-11-23 09:30");
  await site.presence("pc-1", "lost");
  await site.until("2026-11-23 10:00");
  await site.clock.advance(3 * 3_600_000);
  await comeBack(site, "2026-11-23 10:00");
  await site.until("2026-11-23 13:29");
  expect(await site.findings()).toEqual([]);
  await site.until("2026-11-23 13:31");
  const rows = await site.store.read
    .selectFrom("finding")
    .select("opened_at")
    .where("rule", "=", "XC1-silent")
    .execute();
  expect(rows).toEqual([{ opened_at: siteTime("2026-11-23 13:30") }]);
});

test("a PC that vanished while the centre was away is not called lost: nobody saw how it ended", async () => {
  const site = await Site.open({ start: "2026-11-23 08:00" });
  await site.office("pc-1");
  await site.until("2026-11-23 10:00");
  await site.clock.advance(3 * 3_600_000);
  await comeBack(site, "2026-11-23 10:00");
  await site.until("2026-11-23 13:05");
  await site.presence("pc-1", "lost");
  await site.until("2026-11-23 16:00");
  expect(await site.verdict("pc-1", "XC1-silent")).toBe("unknown: not-listening");
  expect(await site.findings()).toEqual([]);
});

test("a deadline that passed meanwhile waits until the sources had time to report", async () => {
  const site = await Site.open({ start: "2026-11-23 08:00" });
  const pc = await site.office("pc-1");
  await site.until("2026-11-23 09:59");
  await site.report("pc-1", { ...pc, protection: false });
  await site.projector.catchUp();
  await site.until("2026-11-23 10:00");
  await site.clock.advance(2 * 3_600_000);
  await comeBack(site, "2026-11-23 10:00");
  expect(await site.findings()).toEqual([]);
  await site.pass(60_000);
  await site.report("pc-1", pc);
  await site.pass(600_000);
  expect(await site.findings()).toEqual([]);
});

test("an entry that is not seen for seven working days is a warning; days without the centre do not count", async () => {
  const site = await Site.open({ start: "2026-11-23 08:00" });
  await site.office("pc-1");
  await site.until("2026-11-23 17:00");
  await site.presence("pc-1", "stopping");
  await site.until("2026-11-25 08:00");
  await site.clock.advance(24 * 3_600_000);
  await comeBack(site, "2026-11-25 08:00");
  await site.until("2026-12-03 23:59");
  expect(await site.findings()).toEqual([]);
  await site.until("2026-12-04 00:01");
  const rows = await site.store.read
    .selectFrom("finding")
    .select(["opened_at", "evidence"])
    .where("rule", "=", "XC1-silent")
    .execute();
  expect(rows.map(({ opened_at }) => opened_at)).toEqual([siteTime("2026-12-04 00:00")]);
  expect(JSON.parse(rows[0]?.evidence ?? "{}")).toMatchObject({ reason: "unseen" });
});

test("a centre that was away gives the rows that a rebuild gives, although it could not handle deadlines at their time", async () => {
  const site = await Site.open({ start: "2026-11-23 08:00" });
  await site.office("pc-1", { definitionsAt: siteTime("2026-11-17 10:00") });
  await site.until("2026-11-23 09:00");
  await site.presence("pc-1", "lost");
  await site.projector.stop();
  await site.clock.advance(5 * 3_600_000);
  await site.decide({ kind: "centre.started", body: { silentSince: siteTime("2026-11-23 09:00"), version: "0" } });
  const second = site.newProjector();
  await second.catchUp();
  await site.clock.advance(5 * 3_600_000);
  await second.catchUp();
  const live = await projectedRows(site.store);
  await second.rebuild();
  expect(await projectedRows(site.store)).toEqual(live);
});
