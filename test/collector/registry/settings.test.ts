/** What officers may change of the settings, within which bounds, and from when it holds for PCs. */
import { describe, expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "../../../collector/attendance/settings.ts";
import { DEFAULT_COMPLIANCE_SETTINGS } from "../../../collector/compliance/settings.ts";
import { changeSetting } from "../../../collector/registry/change-setting.ts";
import {
  attendanceSettings,
  complianceSettings,
  contradiction,
  retentionDays,
  SETTINGS,
  type SettingValue,
} from "../../../collector/registry/settings.ts";
import { DAY_MS } from "../projections/support/reports.ts";
import { projectedRows, Site } from "../projections/support/site.ts";

const officer = { by: "cli:wang", reason: "局办公室 2026-12 号" };

async function change(site: Site, key: string, value: SettingValue): Promise<void> {
  await changeSetting({ store: site.store }, { key, value }, officer);
  await site.projector.catchUp();
}

test("without a decision everything is as the house has it", () => {
  expect(complianceSettings(DEFAULT_COMPLIANCE_SETTINGS, {})).toEqual(DEFAULT_COMPLIANCE_SETTINGS);
  expect(attendanceSettings({})).toEqual(DEFAULT_SETTINGS);
  expect(retentionDays({})).toBe(200);
  expect(contradiction({})).toBeUndefined();
  for (const { key, schema, initial } of SETTINGS) expect(schema.safeParse(initial).success, key).toBe(true);
});

test("times of the day move the windows with them (KQ 1(一))", () => {
  const summer = { "attendance.lateAfter": "08:30", "attendance.earlyBefore": "17:30" };
  expect(attendanceSettings(summer)).toEqual({
    ...DEFAULT_SETTINGS,
    arrivalWindow: [8 * 3600, 8.5 * 3600],
    lateAfter: 8.5 * 3600,
    earlyBefore: 17.5 * 3600,
    departureWindow: [17.5 * 3600, 18 * 3600],
  });
});

describe("a change is refused", () => {
  test.each([
    ["compliance.colour", 3, "unknown-setting"],
    ["compliance.zone", "Europe/Berlin", "unknown-setting"],
    ["compliance.definitionsOldDays", 0, "bad-request"],
    ["compliance.definitionsOldDays", 31, "bad-request"],
    ["compliance.definitionsOldDays", 6.5, "bad-request"],
    ["compliance.definitionsOldDays", null, "bad-request"],
    ["compliance.scanJudgedAt", "25:00", "bad-request"],
    ["attendance.precision", "hour", "bad-request"],
    ["retention.days", 183, "bad-request"],
    ["compliance.definitionsOldDays", 7, "already-set"],
    ["compliance.definitionsOldDays", 3, "settings-contradict"],
    ["attendance.lateAfter", "13:30", "settings-contradict"],
  ] as const)("%s to %s", async (key, value, code) => {
    const site = await Site.open();
    await expect(changeSetting({ store: site.store }, { key, value }, officer)).rejects.toMatchObject({ code });
    await expect(
      changeSetting({ store: site.store }, { key: "retention.days", value: 365 }, { by: "cli:wang" }),
    ).rejects.toMatchObject({ code: "reason-required" });
    expect(await site.store.read.selectFrom("record").selectAll().execute()).toEqual([]);
  });

  test("that contradicts one which no projection has taken up yet", async () => {
    const { store } = await Site.open();
    await changeSetting({ store }, { key: "compliance.definitionsOldDays", value: 5 }, officer);
    const against = changeSetting({ store }, { key: "compliance.definitionsAgeingDays", value: 6 }, officer);
    await expect(against).rejects.toMatchObject({ code: "settings-contradict" });
  });
});

test("a PC is judged by it from the decision on; what was found before keeps its times; a dry run decides nothing", async () => {
  const site = await Site.open();
  await site.office("pc-1", { definitionsAt: site.now - 5 * DAY_MS });
  await site.until("2026-11-23 12:00");
  const dry = await changeSetting({ store: site.store }, { key: "compliance.definitionsOldDays", value: 4 }, officer, {
    dryRun: true,
  });
  expect(dry).toEqual({
    record: null,
    dryRun: true,
    setting: { key: "compliance.definitionsOldDays", before: 7, value: 4 },
  });
  await site.projector.catchUp();
  expect(await site.findings("pc-1")).toEqual(["XC4-definitions-ageing open"]);

  await change(site, "compliance.definitionsOldDays", 4);
  const decidedAt = site.now;
  expect(await site.findings("pc-1")).toEqual(["XC4-definitions-ageing resolved", "XC4-definitions-old open"]);
  const row = await site.store.read
    .selectFrom("finding")
    .select("opened_at")
    .where("rule", "=", "XC4-definitions-old")
    .executeTakeFirstOrThrow();
  expect(row.opened_at).toBe(decidedAt);

  await site.until("2026-11-23 13:00");
  await change(site, "compliance.definitionsOldDays", 14);
  expect((await site.findings("pc-1")).at(-1)).toBe("XC4-definitions-ageing open");
});

test("live, after a restart and rebuilt the rows are the same, each moment judged by what was decided by then", async () => {
  const site = await Site.open();
  await site.office("pc-1", { definitionsAt: site.now - 5 * DAY_MS });
  await site.until("2026-11-23 12:00");
  await change(site, "compliance.definitionsOldDays", 6);
  await site.until("2026-11-24 12:00");
  await change(site, "compliance.grace.XC4-definitions-old", 3600);
  await change(site, "compliance.definitionsOldDays", 14);
  await site.projector.stop();
  const restarted = site.newProjector();
  await restarted.catchUp();
  await site.clock.advance(DAY_MS);
  await changeSetting({ store: site.store }, { key: "compliance.definitionsOldDays", value: 5 }, officer);
  await restarted.catchUp();
  await site.clock.advance(2 * 3_600_000);
  await restarted.catchUp();
  const live = await projectedRows(site.store);
  expect(live.setting).toHaveLength(4);
  expect(live.finding?.filter((row) => String(row).includes("XC4-definitions-old"))).toHaveLength(2);
  await restarted.rebuild();
  expect(await projectedRows(site.store)).toEqual(live);
});
