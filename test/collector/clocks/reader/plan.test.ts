import { describe, expect, it } from "vitest";
import { planRead } from "../../../../collector/clocks/reader/plan.ts";
import { START_OF_LOG, type Watermark } from "../../../../collector/clocks/reader/watermark.ts";

const at = (position: number, unmarked: number, more: Partial<Watermark> = {}): Watermark => ({
  ...START_OF_LOG,
  position,
  unmarked,
  tail: ["aa"],
  ...more,
});
const counts = (records: number, newRecords: number) => ({
  users: 0,
  fingerprints: 0,
  passwords: 0,
  cards: 0,
  records,
  newRecords,
});
const all = (expected: number, reason: string) => ({ do: "read", from: "oldest", expected, base: 0, reason });
const news = (expected: number, base: number) => ({
  do: "read",
  from: "oldest-new",
  expected,
  base,
  reason: "unread-records",
});

describe("what to read of a clock's log", () => {
  it.each([
    ["a clock never seen before: all", undefined, counts(51, 3), 0, all(51, "first-contact")],
    ["a clock never seen before and empty: nothing", undefined, counts(0, 0), 0, { do: "nothing" }],
    ["nothing new: nothing", at(100, 100), counts(100, 0), 0, { do: "nothing" }],
    ["read but not yet unmarked: nothing", at(100, 80), counts(100, 20), 0, { do: "nothing" }],
    ["as many more as were pushed: nothing, the mark moves", at(100, 100), counts(103, 3), 3, { do: "advance" }],
    ["pushed ones that the clock does not call new: the same", at(100, 100), counts(103, 0), 3, { do: "advance" }],
    ["one more than was pushed: the new ones", at(100, 100), counts(103, 3), 2, news(3, 100)],
    ["new ones that begin before the mark: those", at(100, 80), counts(105, 25), 0, news(25, 80)],
    ["fewer than was pushed: the new ones", at(100, 100), counts(101, 1), 2, news(1, 100)],
    ["a missing one that is not called new: all", at(100, 100), counts(102, 1), 1, all(102, "unread-records")],
    ["fewer than were read: all", at(100, 100), counts(7, 7), 0, all(7, "log-shorter")],
    ["fewer than were read, none at all: all", at(100, 100), counts(0, 0), 0, all(0, "log-shorter")],
    ["as many as were read, but marked again: all", at(100, 100), counts(100, 100), 0, all(100, "marks-moved")],
    ["somebody else unmarked: all", at(100, 80), counts(105, 5), 0, all(105, "marks-moved")],
    [
      "an unmarking whose answer was lost had been done: nothing",
      at(100, 80, { unmarking: 20 }),
      counts(100, 0),
      0,
      { do: "nothing" },
    ],
    ["or had not been done: nothing", at(100, 80, { unmarking: 20 }), counts(100, 20), 0, { do: "nothing" }],
    [
      "marks mean nothing, nothing new: nothing",
      at(100, 0, { marksMeanNothing: true }),
      counts(100, 100),
      0,
      { do: "nothing" },
    ],
    [
      "marks mean nothing, something new: all",
      at(100, 0, { marksMeanNothing: true }),
      counts(101, 101),
      0,
      all(101, "unread-records"),
    ],
  ])("%s", (_what, watermark, now, live, plan) => {
    expect(planRead(watermark, now, live)).toEqual(plan);
  });
});
