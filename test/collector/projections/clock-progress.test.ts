import { describe, expect, test } from "vitest";
import {
  type ClockProgress,
  HEARTBEAT_MS_MAX,
  isBehind,
  LOG_READ_MS_MAX,
  LOSS_UNNOTICED_MS,
  NOT_HEARD,
  progressAfter,
} from "../../../collector/projections/clock-progress.ts";

type Told = Parameters<typeof progressAfter>[1];

/** What a reader told of a clock, each at its moment in ms. */
function told(...records: [at: number, event: Told["event"], more?: Partial<Told>][]): ClockProgress {
  return records.reduce(
    (progress, [at, event, more]) => progressAfter(progress, { event, reason: undefined, family: "tcb", ...more }, at),
    NOT_HEARD,
  );
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("a clock has been read", () => {
  test.each<[string, ClockProgress, number | null]>([
    ["not at all, while its log is being read for the first time", told([HOUR, "online"]), null],
    ["up to the first report after its log was read", told([HOUR, "online"], [HOUR + 5, "state"]), HOUR + 5],
    ["up to the reading itself", told([HOUR, "online"], [HOUR + 3, "log-read"]), HOUR + 3],
    ["no further by its time being looked at, which comes before its log", told([0, "state"], [5, "time-set"]), 0],
    ["no further by an alarm about its time", told([0, "state"], [5, "state", { reason: "clock-wrong" }]), 0],
    ["no further by a log that could not be read whole", told([0, "state"], [5, "state", { reason: "short by 3" }]), 0],
    ["to shortly before it was called lost", told([0, "state"], [HOUR, "lost"]), HOUR - LOSS_UNNOTICED_MS],
    ["no less by being lost soon after", told([HOUR, "state"], [HOUR + 1, "lost"]), HOUR],
    [
      "no further by being lost while its log was being read",
      told([0, "state"], [5, "lost"], [HOUR, "online"], [HOUR + MINUTE, "lost"]),
      0,
    ],
    [
      "no further by being lost long after it was last spoken of",
      told([0, "state"], [HEARTBEAT_MS_MAX + 1, "lost"]),
      0,
    ],
    [
      "anew after its log, which waited while it was lost, has been read",
      told([0, "state"], [HOUR, "lost"], [5 * HOUR, "online"], [5 * HOUR + MINUTE, "log-read"]),
      5 * HOUR + MINUTE,
    ],
  ])("%s", (_what, { readTo }, expected) => {
    expect(readTo).toBe(expected);
  });
});

describe("a clock's log holds what has not come", () => {
  test("after it came online, for as long as the longest log takes", () => {
    const progress = told([0, "state"], [HOUR, "lost"], [2 * HOUR, "online"]);
    expect(isBehind(progress, 2 * HOUR + LOG_READ_MS_MAX - 1)).toBe(true);
    expect(isBehind(progress, 2 * HOUR + LOG_READ_MS_MAX)).toBe(false);
  });

  test("for as long as it could not be read whole", () => {
    const progress = told([0, "state"], [5, "state", { reason: "short by 3" }]);
    expect(isBehind(progress, 100 * HOUR)).toBe(true);
    expect(isBehind(progressAfter(progress, { event: "log-read", family: "tcb" }, 6), 7)).toBe(false);
  });

  test("never, when it is a module without a log", () => {
    expect(isBehind(told([0, "online", { family: "ef01" }]), 1)).toBe(false);
  });
});
