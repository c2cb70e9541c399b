/** XC 3: servers within the week, office PCs at the baseline. */
import { expect, test } from "vitest";
import { DESKTOP_BASELINE } from "../../../../collector/compliance/rules/desktop-baseline.ts";
import { SERVER_PATCHES } from "../../../../collector/compliance/rules/server-patches.ts";
import { DAY_MS, HOUR_MS } from "../../projections/support/reports.ts";
import { type Case, check, factsFor, NOON, word } from "../support/cases.ts";

const WEEK_MS = 7 * DAY_MS;

test.each<[string, Case, string]>([
  ["checked a week ago to the ms", { pc: { listsAt: NOON - WEEK_MS } }, "pass"],
  ["checked a week and 1 ms ago", { pc: { listsAt: NOON - WEEK_MS - 1 } }, "fail: not-checked"],
  ["never known to be checked", { pc: { listsAt: null } }, "unknown: patch-unknown"],
  ["checked in the future", { pc: { listsAt: NOON + 2 * DAY_MS } }, "unknown: patch-unknown"],
  [
    "with an update pending for a week",
    { pc: { security: 2 }, facts: { pendingSecuritySince: NOON - WEEK_MS } },
    "pass",
  ],
  [
    "with one pending for longer",
    { pc: { security: 2 }, facts: { pendingSecuritySince: NOON - WEEK_MS - 1 } },
    "fail: security-pending",
  ],
  ["with one pending since nobody knows when", { pc: { security: 2 } }, "unknown: pending-since-unknown"],
  [
    "that is off and was not checked",
    { pc: { listsAt: NOON - 9 * DAY_MS }, presence: { state: "lost" } },
    "unknown: offline",
  ],
  ["that has told nothing", { facts: { parts: {} } }, "unknown: patch-unknown"],
])("a server %s", (_, given, expected) => {
  expect(word(check(SERVER_PATCHES, given))).toBe(expected);
});

test("a pass is asked again when the check grows old, or the pending update does", () => {
  expect(check(SERVER_PATCHES, { pc: { listsAt: NOON - HOUR_MS } }).nextAt).toBe(NOON - HOUR_MS + WEEK_MS + 1);
  const pending = { pc: { security: 1 }, facts: { pendingSecuritySince: NOON - 2 * DAY_MS } };
  expect(check(SERVER_PATCHES, pending).nextAt).toBe(NOON + 5 * DAY_MS + 1);
});

test("the rule for servers is for servers, by the register or before it by the system's own word", () => {
  expect(SERVER_PATCHES.appliesTo(factsFor())).toBe(false);
  expect(
    SERVER_PATCHES.appliesTo(factsFor({ facts: { pc: { state: "approved", role: "server", firstSeenAt: 0 } } })),
  ).toBe(true);
  const pending = { pc: { state: "pending", role: "desktop", firstSeenAt: 0 } } as const;
  expect(SERVER_PATCHES.appliesTo(factsFor({ pc: { os: "windows-server" }, facts: pending }))).toBe(true);
  expect(DESKTOP_BASELINE.appliesTo(factsFor({ pc: { os: "windows-server" }, facts: pending }))).toBe(false);
});

test("an office PC just come on is asked again when its lists go stale, not only when it has settled", () => {
  const listsAt = NOON - 14 * DAY_MS + HOUR_MS / 6;
  const verdict = check(DESKTOP_BASELINE, {
    pc: { os: "linux", security: 1, listsAt },
    facts: { pendingSecuritySince: NOON - 15 * DAY_MS },
    presence: { onlineSince: NOON - HOUR_MS / 2 },
  });
  expect(verdict).toEqual({ verdict: "unknown", reason: "just-online", nextAt: NOON + HOUR_MS / 6 + 1 });
});

const BASELINE = { settings: { windowsBaseline: { "26100": 4000 } } };
const LINUX = { os: "linux" } as const;
const LINUX_SINCE = (ms: number): Case => ({ pc: { ...LINUX, security: 1 }, facts: { pendingSecuritySince: ms } });

test.each<[string, Case, string]>([
  ["at the baseline", { pc: { level: "26100.4000" } }, "pass"],
  ["one below it", { pc: { level: "26100.3999" } }, "fail: below-baseline"],
  ["above it, compared as a number", { pc: { level: "26100.10000" } }, "pass"],
  ["of a build without a baseline", { pc: { level: "99999.1" } }, "unknown: no-baseline"],
  ["of a build named like a property", { pc: { level: "constructor.1" } }, "unknown: level-unknown"],
  ["of unknown system", { facts: { parts: {} } }, "unknown: os-unknown"],
  ["with Linux and nothing pending", { pc: LINUX }, "pass"],
  ["with Linux and lists 14 days old", { pc: { ...LINUX, listsAt: NOON - 14 * DAY_MS } }, "pass"],
  ["with Linux and older lists", { pc: { ...LINUX, listsAt: NOON - 14 * DAY_MS - 1 } }, "unknown: lists-stale"],
  ["with Linux and an update pending for 14 days", LINUX_SINCE(NOON - 14 * DAY_MS), "pass"],
  ["with Linux and one pending for longer", LINUX_SINCE(NOON - 14 * DAY_MS - 1), "fail: security-pending"],
])("an office PC %s", (_, given, expected) => {
  expect(word(check(DESKTOP_BASELINE, { ...BASELINE, ...given }))).toBe(expected);
});
