/** A day of attendance is judged by the settings that had been decided when it began, whenever it is looked at. */
import { beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "../../../collector/attendance/settings.ts";
import { AttendanceDesk } from "../../../collector/attendance-desk/desk.ts";
import { createCalendar } from "../../../collector/calendar/calendar.ts";
import { DEFAULT_COMPLIANCE_SETTINGS } from "../../../collector/compliance/settings.ts";
import { createProjector } from "../../../collector/projections/runner.ts";
import type { SettingValue } from "../../../collector/registry/settings.ts";
import type { Store } from "../../../collector/store/port.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { punchGroup, READER, register, site, ZONE } from "../../support/attendance-site.ts";
import { addSource, openTestStore } from "../../support/test-store.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const MONDAY = Math.floor(site("2026-03-02 08:00:00") / 86_400_000);
const DAYS = [MONDAY, MONDAY + 1, MONDAY + 2];
let clock: VirtualClock;
let store: Store;
let desk: AttendanceDesk;

const newDesk = () => new AttendanceDesk({ store, zone: ZONE, calendar: createCalendar(), now: () => clock.now() });
const travel = (to: string) => clock.advance(site(to) - clock.now());

async function set(key: string, value: SettingValue): Promise<void> {
  await store.appendDecisions([{ kind: "setting.changed", body: { key, value, by: "test", reason: "夏令时作息" } }]);
}

/** Each morning at 08:50, Monday to Wednesday; on Monday at noon lateness is moved from 09:00 to 08:30. */
beforeEach(async () => {
  clock = new VirtualClock(site("2026-03-02 07:00:00"));
  store = await openTestStore({ clock });
  await addSource(store, READER, "reader");
  desk = newDesk();
  await store.appendDecisions([
    { kind: "attendance.started", body: { date: "2026-03-02", by: "test" } },
    register("0012", "张㛃", "12"),
  ]);
  const projector = createProjector({
    store,
    clock,
    log: SILENT_LOG,
    settings: DEFAULT_COMPLIANCE_SETTINGS,
    calendar: createCalendar(),
  });
  for (const [index, date] of ["2026-03-02", "2026-03-03", "2026-03-04"].entries()) {
    await travel(`${date} 08:50:00`);
    await store.commitGroups([punchGroup(index + 1, "12", `${date} 08:50:00`, clock.now())]);
    if (index > 0) continue;
    await travel(`${date} 12:00:00`);
    await set("attendance.lateAfter", "08:30");
  }
  await projector.catchUp();
  await projector.stop();
  await travel("2026-03-04 13:00:00");
});

async function mornings(of: AttendanceDesk, asOf?: number): Promise<string[]> {
  const { staff } = await of.book();
  const [result] = await of.evaluate([...staff.values()], DAYS, asOf);
  return result?.days.map(({ am }) => am.status) ?? [];
}

describe("a change of when lateness begins", () => {
  test("holds from the next day on, and leaves the day of the decision and those before it as they were judged", async () => {
    expect(await mornings(desk)).toEqual(["normal", "late", "late"]);
    expect(await mornings(newDesk()), "read anew").toEqual(["normal", "late", "late"]);
    expect(desk.settingsOn(MONDAY)).toEqual(DEFAULT_SETTINGS);
    expect(desk.settingsOn(MONDAY + 1)).toMatchObject({ lateAfter: 8.5 * 3600, arrivalWindow: [8 * 3600, 8.5 * 3600] });
  });

  test("taken back later leaves the days between under it, and a print-out of before as it was", async () => {
    const before = await mornings(desk, clock.now());
    const { count } = await desk.touchedSince(0);
    await clock.advance(60_000);
    await set("attendance.lateAfter", "09:00");
    await set("compliance.driftSeconds", 60);
    expect(await mornings(desk)).toEqual(before);
    expect(await desk.touchedSince(count)).toEqual({ count: count + 1, people: undefined });
    expect(desk.settingsOn(MONDAY + 2).lateAfter).toBe(8.5 * 3600);
    expect(desk.settingsOn(MONDAY + 3)).toEqual(DEFAULT_SETTINGS);
  });

  test("does not reach what other settings are rehearsed with", async () => {
    const { staff } = await desk.book();
    const [result] = await desk.evaluate([...staff.values()], DAYS, undefined, () => DEFAULT_SETTINGS);
    expect(result?.days.map(({ am }) => am.status)).toEqual(["normal", "normal", "normal"]);
  });
});
