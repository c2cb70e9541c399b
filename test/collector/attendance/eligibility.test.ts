/** KQ 7: who is warned before the year's eligibility is lost: 12 to 14 times, 13 to 15 days of leave, 2.5 or 3 days of 旷工. */
import { expect, test } from "vitest";
import { countYear } from "../../../collector/attendance/counters.ts";
import { judgeEligibility, LOSS_ARTICLES } from "../../../collector/attendance/eligibility.ts";
import { DEFAULT_SETTINGS } from "../../../collector/attendance/settings.ts";

test.each([
  [{ late: 11 }, [], []],
  [{ late: 11, early: 1 }, ["late_early"], []],
  [{ late: 14 }, ["late_early"], []],
  [{ late: 14, early: 1 }, [], ["late_early"]],
  [{ sickDays: 12.5 }, [], []],
  [{ sickDays: 12.5, personalDays: 0.5 }, ["sick_personal"], []],
  [{ sickDays: 15 }, ["sick_personal"], []],
  [{ sickDays: 15, personalDays: 0.5 }, [], ["sick_personal"]],
  [{ absentDays: 2 }, [], []],
  [{ absentDays: 2.5 }, ["absent"], []],
  [{ absentDays: 3 }, ["absent"], []],
  [{ absentDays: 3.5 }, [], ["absent"]],
])("%j warns of %j and loses by %j", (opening, warnings, reasons) => {
  const counters = countYear([], 2026, opening);
  const disqualified = reasons.length > 0;
  expect(judgeEligibility(counters, DEFAULT_SETTINGS.thresholds)).toEqual({ disqualified, warnings, reasons });
});

test("each loss has its clause, and all that are lost are named, in the order of the clauses", () => {
  expect(LOSS_ARTICLES).toEqual({ late_early: "KQ 7(一)", sick_personal: "KQ 7(二)", absent: "KQ 7(三)" });
  const counters = countYear([], 2026, { late: 15, sickDays: 15.5, absentDays: 3.5 });
  expect(judgeEligibility(counters, DEFAULT_SETTINGS.thresholds).reasons).toEqual(Object.keys(LOSS_ARTICLES));
});
