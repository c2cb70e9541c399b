/** The defaults of the house, each as the clause says it or as the centre settled where the clause is silent. */
import { expect, test } from "vitest";
import { DEFAULT_SETTINGS } from "../../../collector/attendance/settings.ts";
import { formatTime } from "../../../collector/attendance/site-time.ts";

const { thresholds, ...settings } = DEFAULT_SETTINGS;

test("KQ 1(一): twice a day from 8:00 to 9:00 and from 17:00 to 18:00, to the second, without grace", () => {
  expect(settings.arrivalWindow.map(formatTime)).toEqual(["08:00:00", "09:00:00"]);
  expect(settings.departureWindow.map(formatTime)).toEqual(["17:00:00", "18:00:00"]);
  expect(formatTime(settings.lateAfter)).toBe("09:00:00");
  expect(formatTime(settings.earlyBefore)).toBe("17:00:00");
  expect(settings).toMatchObject({ precision: "second", graceSeconds: 0, acceptOutsideWindow: true });
});

test("a punch before 13:00 is an arrival, and one before 4:00 belongs to the day before", () => {
  expect(formatTime(settings.splitTime)).toBe("13:00:00");
  expect(formatTime(settings.dayStart)).toBe("04:00:00");
});

test("no lateness alone is 旷工, and what is missing can be explained for three working days", () => {
  expect(settings).toMatchObject({
    lateToAbsentMinutes: null,
    earlyToAbsentMinutes: null,
    explainDeadlineWorkdays: 3,
    allowRetroactive: false,
  });
});

test("a clock two minutes ahead is still believed", () => {
  expect(settings.futureToleranceSeconds).toBe(120);
});

test("HY 四(五): a substitute at the meeting will do; WG 18: a scan every second working day, judged at 17:00", () => {
  expect(settings).toMatchObject({ substituteCountsAsPresent: true, scanEveryWorkdays: 2 });
  expect(formatTime(settings.scanJudgedAt)).toBe("17:00:00");
});

test("KQ 7, HY 四(六) and AQ 三(二) set the limits of the year", () => {
  expect(thresholds).toEqual({
    lateEarlyAtLeast: 15,
    sickPersonalMoreThan: 15,
    absentMoreThan: 3,
    meetingMissedAtLeast: 5,
    safetyReturnAtLeast: 3,
  });
});
