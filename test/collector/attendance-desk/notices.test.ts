import { afterEach, beforeEach, expect, test } from "vitest";
import { AttendanceLive } from "../../../collector/attendance-desk/live.ts";
import { daySheetOf } from "../../../collector/attendance-desk/sheets/day.ts";
import { dayList } from "../../../collector/attendance-desk/views.ts";
import { describeChange } from "../../../collector/console/queries/changes.ts";
import { summarise } from "../../../collector/console/queries/summary.ts";
import type { AttendanceDecision } from "../../../collector/registry/attendance-decisions.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { DeskSite, started } from "../../support/attendance-desk.ts";
import { register, site, ZONE } from "../../support/attendance-site.ts";

let centre: DeskSite;
let live: AttendanceLive;
let told: { type: string; key: string }[];

beforeEach(async () => {
  centre = await DeskSite.open("2026-11-30 20:00:00", started("2026-11-30"), register("0012", "张㛃", "12"));
  told = [];
  live = createLive();
  await live.start();
});
afterEach(() => live.stop());

function createLive(): AttendanceLive {
  const { store, desk, clock } = centre;
  return new AttendanceLive({ store, desk, clock, log: SILENT_LOG, tell: (changes) => told.push(...changes) });
}

const NEXT_YEAR: AttendanceDecision = {
  kind: "calendar.year",
  body: { year: 2027, holidays: ["2027-01-01"], makeUpDays: [], source: "通知", by: "test" },
};

async function travel(to: string): Promise<void> {
  await centre.clock.advance(site(to) - centre.clock.now());
  await live.idle();
}

const told2027 = () =>
  Promise.all(
    told
      .filter(({ type }) => type === "notice")
      .map((change) => describeChange({ store: centre.store, zone: ZONE }, { id: 0, ...change } as never)),
  );

test("on 1 December, while running, it is told once that next year's working days are not entered", async () => {
  await travel("2026-11-30 23:59:59");
  expect(await told2027()).toEqual([]);
  await travel("2026-12-01 00:00:01");
  expect(await told2027()).toEqual([
    {
      code: "calendar-missing",
      subject: "2027",
      state: "open",
      message: { zh: expect.stringContaining("2027 年的放假安排尚未录入"), en: expect.stringContaining("2027") },
    },
  ]);
  await travel("2026-12-03 12:00:00");
  expect(await told2027()).toHaveLength(1);
});

test("it stands on the day's list and in the summary until the year is entered, and that is told too", async () => {
  await travel("2026-12-01 08:00:00");
  const list = () => dayList(centre.desk, "2026-12-01", {});
  expect(daySheetOf(await list()).titles).toContainEqual(expect.stringMatching(/^提醒：2027 年/));
  const { notices } = await summarise(centre.store, await centre.desk.notices());
  expect(notices).toMatchObject([{ code: "calendar-missing", subject: "2027" }]);

  await centre.enter(NEXT_YEAR);
  await expect
    .poll(async () => (await told2027()).map((notice) => (notice as { state: string }).state))
    .toEqual(["resolved", "resolved"]);
  expect((await list()).notices).toEqual([]);
});

test("a restart tells nothing again, and what was entered meanwhile resolves it", async () => {
  await travel("2026-12-01 08:00:00");
  await live.stop();
  told = [];
  live = createLive();
  await live.start();
  expect(await told2027()).toEqual([]);

  await live.stop();
  await centre.enter(NEXT_YEAR);
  live = createLive();
  await live.start();
  expect(await told2027()).toMatchObject([{ subject: "2027", state: "resolved" }]);
});
