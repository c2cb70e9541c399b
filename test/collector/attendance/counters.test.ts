/** KQ 7: what of a year's days counts for what, in times and in halves of a day. */
import { describe, expect, test } from "vitest";
import { countYear } from "../../../collector/attendance/counters.ts";
import { dayOfDate } from "../../../collector/attendance/site-time.ts";
import type { DayResult, SlotStatus } from "../../../collector/attendance/status.ts";

const TUESDAY = dayOfDate("2026-03-10") as number;

function dayOf(am: SlotStatus, pm: SlotStatus, more: Partial<DayResult> = {}): DayResult {
  const slot = (status: SlotStatus) => ({ status, article: "", rule: "", evidence: [] });
  return { day: TUESDAY, dayType: "workday", am: slot(am), pm: slot(pm), ...more };
}

const NOTHING = {
  late: 0,
  early: 0,
  lateEarly: 0,
  sickDays: 0,
  personalDays: 0,
  sickPersonalDays: 0,
  annualDays: 0,
  officialDays: 0,
  meetings: 0,
  absentDays: 0,
  missing: 0,
  dueDays: 0,
  presentDays: 0,
};

describe("a working day", () => {
  test.each<[SlotStatus, SlotStatus, Partial<typeof NOTHING>]>([
    ["normal", "normal", { presentDays: 1 }],
    ["late", "normal", { late: 1, lateEarly: 1, presentDays: 1 }],
    ["normal", "early", { early: 1, lateEarly: 1, presentDays: 1 }],
    ["late", "early", { late: 1, early: 1, lateEarly: 2, presentDays: 1 }],
    ["meeting", "meeting", { meetings: 2, presentDays: 1 }],
    ["sick", "normal", { sickDays: 0.5, sickPersonalDays: 0.5, presentDays: 0.5 }],
    ["sick", "personal", { sickDays: 0.5, personalDays: 0.5, sickPersonalDays: 1 }],
    ["annual", "annual", { annualDays: 1 }],
    ["official", "absent", { officialDays: 0.5, absentDays: 0.5 }],
    ["absent", "absent", { absentDays: 1 }],
    ["missing", "open", { missing: 1 }],
  ])("of %s and %s counts %j", (am, pm, counted) => {
    expect(countYear([dayOf(am, pm)], 2026)).toEqual({ ...NOTHING, dueDays: 1, ...counted });
  });

  test("on which the person joined at noon is half a day due", () => {
    expect(countYear([dayOf("na", "normal")], 2026)).toEqual({ ...NOTHING, dueDays: 0.5, presentDays: 0.5 });
  });
});

test("days of rest, days that no calendar knows and days of other years count nothing", () => {
  const days = [
    dayOf("rest", "rest", { dayType: "restday" }),
    dayOf("unknown", "unknown", { dayType: "unknown" }),
    dayOf("late", "early", { day: dayOfDate("2025-12-31") as number }),
    dayOf("late", "early", { day: dayOfDate("2027-01-01") as number }),
  ];
  expect(countYear(days, 2026)).toEqual(NOTHING);
});

test("both ends of the year belong to it, and its days are added up", () => {
  const days = ["2026-01-01", "2026-12-31"].map((date) => dayOf("late", "sick", { day: dayOfDate(date) as number }));
  expect(countYear(days, 2026)).toEqual({
    ...NOTHING,
    late: 2,
    lateEarly: 2,
    sickDays: 1,
    sickPersonalDays: 1,
    dueDays: 2,
    presentDays: 1,
  });
});

test("what was counted on paper before is carried over", () => {
  const opening = { late: 3, early: 2, sickDays: 1.5, personalDays: 2, absentDays: 0.5 };
  const carried = { ...opening, lateEarly: 5, sickPersonalDays: 3.5 };
  expect(countYear([], 2026, opening)).toEqual({ ...NOTHING, ...carried });
  expect(countYear([dayOf("late", "absent")], 2026, opening)).toEqual({
    ...NOTHING,
    ...carried,
    late: 4,
    lateEarly: 6,
    absentDays: 1,
    dueDays: 1,
    presentDays: 0.5,
  });
});
