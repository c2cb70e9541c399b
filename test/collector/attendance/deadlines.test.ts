import { expect, test } from "vitest";
import { dayAfterWorkdays } from "../../../collector/attendance/deadlines.ts";

/** Day 0 is a Monday. */
const workdays = (day: number) => ([5, 6].includes(((day % 7) + 7) % 7) ? "restday" : "workday");

test("a deadline of three working days from Monday is over when Friday begins", () => {
  expect(dayAfterWorkdays(0, 3, workdays)).toBe(4);
});

test("days of rest are not counted: from Friday it is over when Thursday begins", () => {
  expect(dayAfterWorkdays(4, 3, workdays)).toBe(10);
});

test("without any working day it is over at the next midnight, also before a day that no calendar knows", () => {
  expect(dayAfterWorkdays(0, 0, workdays)).toBe(1);
  expect(dayAfterWorkdays(0, 0, () => undefined)).toBe(1);
});

test("a day on the way that no calendar knows leaves it open", () => {
  const known = (day: number) => (day < 3 ? workdays(day) : undefined);
  expect(dayAfterWorkdays(0, 2, known)).toBe(3);
  expect(dayAfterWorkdays(0, 3, known)).toBeUndefined();
  expect(dayAfterWorkdays(0, 3, (day) => (day === 2 ? undefined : workdays(day)))).toBeUndefined();
});

test("a calendar without working days is searched for 400 days and no longer", () => {
  const asked: number[] = [];
  const restOnly = (day: number) => {
    asked.push(day);
    return "restday" as const;
  };
  expect(dayAfterWorkdays(0, 1, restOnly)).toBeUndefined();
  expect(asked).toHaveLength(400);
  expect(dayAfterWorkdays(0, 1, (day) => (day === 399 ? "workday" : "restday"))).toBe(400);
});
