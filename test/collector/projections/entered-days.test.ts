/** Working days that officers enter hold for the PCs too, from the row on, after a restart and in a rebuild. */
import { expect, test } from "vitest";
import type { AttendanceBody } from "../../../collector/registry/attendance-decisions.ts";
import { projectedRows, Site } from "./support/site.ts";

const YEAR: AttendanceBody<"calendar.year"> = {
  year: 2027,
  holidays: ["2027-01-01", "2027-01-02", "2027-01-03"],
  makeUpDays: ["2027-01-09"],
  source: "国办发明电〔2026〕1号",
  by: "cli:wang",
};

/** A PC that was lost shortly before work ended on the last day of a year whose successor is in no table. */
async function lostAtYearsEnd(): Promise<Site> {
  const site = await Site.open({ start: "2026-12-31 08:00" });
  await site.office("pc-1");
  await site.until("2026-12-31 16:30");
  await site.presence("pc-1", "lost");
  await site.until("2027-01-04 08:00");
  return site;
}

test("a year that is entered ends what was not known, at its own moment", async () => {
  const site = await lostAtYearsEnd();
  expect(await site.verdict("pc-1", "XC1-silent")).toBe("unknown: calendar-unknown");
  await site.decide({ kind: "calendar.year", body: YEAR });
  await site.until("2027-01-04 09:29");
  expect(await site.verdict("pc-1", "XC1-silent")).toBe("pass");
  await site.until("2027-01-04 09:31");
  expect(await site.findings("pc-1")).toContain("XC1-silent open");
});

test("a day off by a local notice is no working day for PCs", async () => {
  const site = await lostAtYearsEnd();
  const local = { date: "2027-01-04", type: "restday", source: "本局通知", by: "cli:wang" } as const;
  await site.decide({ kind: "calendar.year", body: YEAR }, { kind: "calendar.day", body: local });
  await site.until("2027-01-05 09:29");
  expect(await site.verdict("pc-1", "XC1-silent")).toBe("pass");
  await site.until("2027-01-05 09:31");
  expect(await site.verdict("pc-1", "XC1-silent")).toBe("fail: lost");
});

test("what was entered outlives a restart, and a rebuild gives the same rows", async () => {
  const site = await lostAtYearsEnd();
  await site.decide({ kind: "calendar.year", body: YEAR });
  await site.projector.catchUp();
  await site.projector.stop();
  const restarted = site.newProjector();
  await site.clock.advance(2 * 3_600_000);
  await restarted.catchUp();
  expect(await site.verdict("pc-1", "XC1-silent")).toBe("fail: lost");
  const before = await projectedRows(site.store);
  await restarted.rebuild();
  expect(await projectedRows(site.store)).toEqual(before);
});
