/** Verdicts change at their moments although nothing is reported, and what is written bears those moments. */
import { expect, test } from "vitest";
import { Deadlines } from "../../../collector/projections/deadlines.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { DAY_MS, siteTime } from "./support/reports.ts";
import { Site } from "./support/site.ts";

test("definitions turn three and seven days old while a PC is on: a warning, then a breach in its place", async () => {
  const site = await Site.open({ start: "2026-11-23 08:00" });
  const publishedAt = siteTime("2026-11-22 12:00");
  await site.office("pc-1", { definitionsAt: publishedAt });
  await site.until("2026-11-30 18:00");
  const rows = await site.store.read
    .selectFrom("finding")
    .select(["rule", "opened_at", "resolved_at"])
    .where("rule", "like", "XC4-%")
    .orderBy("id")
    .execute();
  expect(rows).toEqual([
    {
      rule: "XC4-definitions-ageing",
      opened_at: publishedAt + 3 * DAY_MS + 1,
      resolved_at: publishedAt + 7 * DAY_MS + 1,
    },
    { rule: "XC4-definitions-old", opened_at: publishedAt + 7 * DAY_MS + 1, resolved_at: null },
  ]);
});

test("a PC that was off is judged one hour after it comes online (XC 4)", async () => {
  const site = await Site.open({ start: "2026-11-23 08:00" });
  const pc = await site.office("pc-1", { definitionsAt: siteTime("2026-11-22 12:00") });
  await site.until("2026-11-23 17:30");
  await site.presence("pc-1", "stopping");
  await site.until("2026-12-01 08:10");
  expect(await site.verdict("pc-1", "XC4-definitions-old")).toBe("unknown: offline");
  await site.online("pc-1");
  await site.report("pc-1", pc, "start");
  await site.until("2026-12-01 09:09");
  expect(await site.verdict("pc-1", "XC4-definitions-old")).toBe("unknown: just-online");
  await site.until("2026-12-01 09:11");
  const [finding] = await site.store.read.selectFrom("finding").selectAll().where("state", "=", "open").execute();
  expect(finding).toMatchObject({ rule: "XC4-definitions-old", opened_at: siteTime("2026-12-01 09:10") });
});

test("a report at the very moment at which a grace ends comes before it", async () => {
  const site = await Site.open();
  const pc = await site.office("pc-1");
  await site.report("pc-1", { ...pc, protection: false });
  await site.projector.catchUp();
  await site.clock.advance(300_000);
  await site.report("pc-1", pc);
  await site.pass(DAY_MS / 24);
  expect(await site.findings()).toEqual([]);
});

test("a grant begins and ends at the site's midnight", async () => {
  const site = await Site.open({ start: "2026-11-23 08:00" });
  await site.office("pc-1", { address: "10.1.2.3" });
  await site.grant("pc-1", "10.1.2.4", "2026-11-24", "2026-11-24");
  await site.report("pc-1", { ...(await site.office("pc-2")), hostname: "pc-1", address: "10.1.2.4" });
  await site.projector.catchUp();
  expect(await site.findings("pc-1")).toEqual(["WG14-ip-change open"]);
  await site.until("2026-11-24 00:01");
  expect(await site.findings("pc-1")).toEqual(["WG14-ip-change resolved"]);
  await site.until("2026-11-25 00:01");
  expect(await site.findings("pc-1")).toEqual(["WG14-ip-change resolved", "WG14-ip-change open"]);
  const rows = await site.store.read.selectFrom("finding").select(["opened_at"]).where("state", "=", "open").execute();
  expect(rows).toEqual([{ opened_at: siteTime("2026-11-25 00:00") }]);
});

test("a missing scan is judged at five in the afternoon", async () => {
  const site = await Site.open({ start: "2026-11-23 08:00" });
  await site.office("pc-1", { lastScanAt: siteTime("2026-11-20 12:00") });
  await site.until("2026-11-23 17:01");
  expect(await site.findings()).toEqual([]);
  await site.until("2026-11-24 17:01");
  const rows = await site.store.read
    .selectFrom("finding")
    .select(["rule", "opened_at"])
    .where("state", "=", "open")
    .execute();
  expect(rows).toEqual([{ rule: "WG18-scan-overdue", opened_at: siteTime("2026-11-24 17:00") }]);
});

test("deadlines come up by time and then by PC, however they were set, moved and withdrawn", () => {
  const seed = 7;
  const random = seededRandom(seed);
  const deadlines = new Deadlines();
  const expected = new Map<number, number>();
  for (let step = 0; step < 5_000; step++) {
    const id = Math.floor(random() * 50);
    const at = random() < 0.1 ? null : Math.floor(random() * 200);
    deadlines.set(id, at);
    if (at === null) expected.delete(id);
    else expected.set(id, at);
    if (random() < 0.05) {
      const [first] = [...expected].sort(([idA, a], [idB, b]) => a - b || idA - idB);
      expect(deadlines.takeBefore(1_000), `seed ${seed}`).toEqual(first && { id: first[0], at: first[1] });
      if (first) expected.delete(first[0]);
    }
  }
  expect(deadlines.takeBefore(deadlines.next ?? 0)).toBeUndefined();
});
