/** The yearly ledgers of window meetings and of safety violations. */
import { expect, test } from "vitest";
import { judgeMeetings, judgeSafety } from "../../../collector/attendance/ledgers.ts";
import { DEFAULT_SETTINGS } from "../../../collector/attendance/settings.ts";

const MISSED = { held: true, headPresent: false, substitutePresent: false };
const times = <Row>(count: number, row: Row) => Array.from({ length: count }, () => row);

test("HY 四(六): the fifth meeting that its head misses costs the window its 评先", () => {
  expect(judgeMeetings([], DEFAULT_SETTINGS)).toEqual({ missed: 0, windowDisqualified: false });
  expect(judgeMeetings(times(4, MISSED), DEFAULT_SETTINGS)).toEqual({ missed: 4, windowDisqualified: false });
  expect(judgeMeetings(times(5, MISSED), DEFAULT_SETTINGS)).toEqual({ missed: 5, windowDisqualified: true });
});

test("HY 四(五): a meeting is not missed that the head attended, that was not held, or that a substitute attended", () => {
  const { missed } = judgeMeetings(
    [
      { ...MISSED, headPresent: true },
      { ...MISSED, held: false },
      { ...MISSED, substitutePresent: true },
      { held: true, headPresent: true, substitutePresent: true },
    ],
    DEFAULT_SETTINGS,
  );
  expect(missed).toBe(0);
});

test("HY 四(五): the strict house takes no substitute", () => {
  const strict = { ...DEFAULT_SETTINGS, substituteCountsAsPresent: false };
  const meetings = [
    { ...MISSED, substitutePresent: true },
    { held: true, headPresent: true, substitutePresent: true },
  ];
  expect(judgeMeetings(meetings, strict).missed).toBe(1);
});

test.each([
  [0, "none"],
  [1, "criticise_educate"],
  [2, "cancel_person_award_and_circulate"],
  [3, "return_and_cancel_window_award"],
  [4, "return_and_cancel_window_award"],
])("AQ 三(二): %i confirmed violations of the year mean %s; unconfirmed ones count nothing", (count, action) => {
  const entries = [...times(count, { confirmed: true }), ...times(3, { confirmed: false })];
  expect(judgeSafety(entries, DEFAULT_SETTINGS)).toEqual({ count, action });
});

test("AQ 三(二): where 多次 means more than three, the third is judged as the second", () => {
  const settings = { ...DEFAULT_SETTINGS, thresholds: { ...DEFAULT_SETTINGS.thresholds, safetyReturnAtLeast: 5 } };
  expect(judgeSafety(times(4, { confirmed: true }), settings)).toEqual({
    count: 4,
    action: "cancel_person_award_and_circulate",
  });
});
