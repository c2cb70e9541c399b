/** XC 1, SB 3.1.5 and the clocks of PCs: registered, seen, shut down properly, on time, and only once. */
import { expect, test } from "vitest";
import { DUPLICATE_IDENTITY } from "../../../../collector/compliance/rules/duplicate-identity.ts";
import { SILENT } from "../../../../collector/compliance/rules/silent.ts";
import { TIME_DRIFT } from "../../../../collector/compliance/rules/time-drift.ts";
import { UNEXPECTED_SHUTDOWN } from "../../../../collector/compliance/rules/unexpected-shutdown.ts";
import { UNREGISTERED } from "../../../../collector/compliance/rules/unregistered.ts";
import { DAY_MS, siteTime } from "../../projections/support/reports.ts";
import { type Case, check, factsFor, NOON, powerEvent, word } from "../support/cases.ts";

test.each<["pending" | "approved" | "retired", "online" | "stopping", string]>([
  ["pending", "online", "fail: pending"],
  ["pending", "stopping", "fail: pending"],
  ["approved", "online", "pass"],
  ["retired", "stopping", "pass"],
  ["retired", "online", "fail: retired-in-use"],
])("a PC that is %s and %s", (state, presence, expected) => {
  const facts = { pc: { state, role: "desktop", firstSeenAt: 0 } } as const;
  expect(word(check(UNREGISTERED, { facts, presence: { state: presence } }))).toBe(expected);
});

function gone(state: "lost" | "stopping" | "unknown", at: string, now: string, more: Case = {}): Case {
  const when = siteTime(at);
  return { now: siteTime(now), presence: { state, at: when, heardAt: when }, ...more };
}

const LUNCH = [{ from: siteTime("2026-11-24 12:00"), to: siteTime("2026-11-24 13:00") }];

test.each<[string, Case, string]>([
  ["online", {}, "pass"],
  ["never seen", { presence: { state: "unknown", heardAt: null } }, "unknown: never-seen"],
  [
    "lost 59 min 59 s ago",
    { ...gone("lost", "2026-11-24 10:00", "2026-11-24 11:00"), now: siteTime("2026-11-24 11:00") - 1 },
    "pass",
  ],
  ["lost an hour ago", gone("lost", "2026-11-24 10:00", "2026-11-24 11:00"), "fail: lost"],
  ["lost in the evening, next morning at half past nine", gone("lost", "2026-11-23 18:00", "2026-11-24 09:30"), "pass"],
  ["lost in the evening, next morning at ten", gone("lost", "2026-11-23 18:00", "2026-11-24 10:00"), "fail: lost"],
  ["lost on Friday evening, on Sunday", gone("lost", "2026-11-20 18:00", "2026-11-22 15:00"), "pass"],
  [
    "lost two hours ago, one of them without the centre",
    gone("lost", "2026-11-24 11:30", "2026-11-24 13:29", { deaf: LUNCH }),
    "pass",
  ],
  [
    "lost and an hour heard nothing",
    gone("lost", "2026-11-24 11:30", "2026-11-24 13:30", { deaf: LUNCH }),
    "fail: lost",
  ],
  ["stopped yesterday", gone("stopping", "2026-11-23 17:00", "2026-11-24 17:00"), "pass"],
  ["stopped six working days ago", gone("stopping", "2026-11-13 17:00", "2026-11-24 23:59"), "pass"],
  ["stopped seven working days ago", gone("stopping", "2026-11-13 17:00", "2026-11-25 00:00"), "fail: unseen"],
  ["gone while the centre was away", gone("unknown", "2026-11-24 08:00", "2026-11-24 16:00"), "unknown: not-listening"],
  [
    "gone while the centre was away, seven working days on",
    gone("unknown", "2026-11-13 08:00", "2026-11-25 00:00"),
    "fail: unseen",
  ],
  [
    "gone before the centre was away for a quarter, seven working days on",
    gone("unknown", "2026-06-30 17:00", "2026-10-20 00:00", {
      deaf: [{ from: siteTime("2026-06-30 18:00"), to: siteTime("2026-10-09 08:00") }],
    }),
    "fail: unseen",
  ],
  [
    "lost into a year without working days",
    gone("lost", "2026-12-31 16:30", "2027-01-05 12:00"),
    "unknown: calendar-unknown",
  ],
])("a PC that is %s", (_, given, expected) => {
  expect(word(check(SILENT, given))).toBe(expected);
});

test("a silence is looked at again when its hour is over", () => {
  expect(check(SILENT, gone("lost", "2026-11-23 16:30", "2026-11-23 20:00")).nextAt).toBe(siteTime("2026-11-24 09:30"));
});

test.each<[number | null, string]>([
  [null, "unknown: not-measured"],
  [0, "pass"],
  [30_000, "pass"],
  [30_001, "fail: clock-off"],
  [-30_000, "pass"],
  [-30_001, "fail: clock-off"],
])("a PC's clock off by %s ms", (offsetMs, expected) => {
  expect(word(check(TIME_DRIFT, { facts: { offsetMs } }))).toBe(expected);
});

test.each([
  [40, 45, true],
  [40, 51, false],
  [3_600, 4_000, true],
  [40, -40, false],
])("an offset of %i s that becomes %i s is the same: %s", (before, after, expected) => {
  expect(TIME_DRIFT.isSame?.({ offsetSeconds: before }, { offsetSeconds: after })).toBe(expected);
});

test("an unexpected shutdown shows for seven days, the latest with how many there were", () => {
  const at = NOON - 7 * DAY_MS;
  const power = [powerEvent("unexpected-shutdown", at), powerEvent("boot", at + 1), powerEvent("shutdown", NOON - 1)];
  expect(check(UNEXPECTED_SHUTDOWN, { facts: { power } })).toMatchObject({
    verdict: "fail",
    evidence: { times: 1 },
    nextAt: NOON + 1,
  });
  expect(word(check(UNEXPECTED_SHUTDOWN, { facts: { power }, now: NOON + 1 }))).toBe("pass");
  const twice = [...power, powerEvent("unexpected-shutdown", NOON - DAY_MS, { bootId: "c" })];
  expect(check(UNEXPECTED_SHUTDOWN, { facts: { power: twice } })).toMatchObject({
    evidence: { at: new Date(NOON - DAY_MS).toISOString(), bootId: "c", times: 2 },
  });
});

test("a shutdown that a wrong clock dates into the future does not show longer for it", () => {
  const power = [powerEvent("unexpected-shutdown", NOON + 300 * DAY_MS, { heardAt: NOON - 8 * DAY_MS })];
  expect(word(check(UNEXPECTED_SHUTDOWN, { facts: { power } }))).toBe("pass");
});

test("an identity used twice is critical whatever the register says, unless it is revoked", () => {
  const duplicate = { at: NOON, epoch: "e", detail: "two machines", addresses: ["10.1.2.3", "10.1.2.9"] };
  expect(check(DUPLICATE_IDENTITY, { facts: { duplicate } })).toMatchObject({
    verdict: "fail",
    evidence: { epoch: "e" },
  });
  expect(DUPLICATE_IDENTITY.severity).toBe("critical");
  expect(DUPLICATE_IDENTITY.appliesTo(factsFor({ facts: { revoked: true } }))).toBe(false);
});
