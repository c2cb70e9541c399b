/** WG 18 and XC 4: antivirus present, on, current and used. */
import { expect, test } from "vitest";
import { DEFINITIONS_AGEING } from "../../../../collector/compliance/rules/definitions-ageing.ts";
import { DEFINITIONS_OLD } from "../../../../collector/compliance/rules/definitions-old.ts";
import { NO_ANTIVIRUS } from "../../../../collector/compliance/rules/no-antivirus.ts";
import { PROTECTION_OFF } from "../../../../collector/compliance/rules/protection-off.ts";
import { SCAN_OVERDUE } from "../../../../collector/compliance/rules/scan-overdue.ts";
import type { AntivirusProduct } from "../../../../protocol/messages/records/posture.ts";
import { formatInstant } from "../../../../protocol/time.ts";
import { DAY_MS, HOUR_MS, known, notKnown, siteTime } from "../../projections/support/reports.ts";
import { type Case, check, factsFor, NOON, word } from "../support/cases.ts";

/** A PC with these products, each a change of one that is in order. */
function withProducts(...products: Partial<AntivirusProduct>[]): Case {
  const facts = factsFor();
  const content = facts.parts.antivirus?.content.products;
  const [good] = content && "value" in content ? content.value : [];
  if (!good) throw new Error("no product");
  const value = products.map((product) => ({ ...good, ...product }));
  const antivirus = { content: { products: known(value) }, collectedAt: formatInstant(NOON) };
  return { facts: { parts: { ...facts.parts, antivirus } } };
}

function date(ms: number) {
  return known(formatInstant(ms));
}

const UNKNOWN: Case = { facts: { parts: {} } };

test("antivirus: there, not there, not known", () => {
  expect(word(check(NO_ANTIVIRUS))).toBe("pass");
  expect(word(check(NO_ANTIVIRUS, withProducts()))).toBe("fail: none-found");
  expect(word(check(NO_ANTIVIRUS, UNKNOWN))).toBe("unknown: antivirus-unknown");
});

test.each<[string, Case, string]>([
  ["on", {}, "pass"],
  ["off", { pc: { protection: false } }, "fail: off"],
  ["not known", { pc: { protection: null } }, "unknown: protection-unknown"],
  ["off beside another that is on", withProducts({ protection: known(false) }, { protection: known(true) }), "pass"],
  [
    "off beside another unknown",
    withProducts({ protection: known(false) }, { protection: notKnown() }),
    "unknown: protection-unknown",
  ],
  ["of no product", withProducts(), "not-applicable: no-antivirus"],
  ["in no report", UNKNOWN, "unknown: antivirus-unknown"],
])("protection that is %s", (_, given, expected) => {
  expect(word(check(PROTECTION_OFF, given))).toBe(expected);
});

const OFFLINE: Case["presence"] = { state: "stopping", at: NOON - HOUR_MS };
const JUST_ON: Case["presence"] = { onlineSince: NOON - HOUR_MS + 1 };

test.each<[string, Case, string, string]>([
  ["just published", { pc: { definitionsAt: NOON } }, "pass", "pass"],
  ["3 days old to the ms", { pc: { definitionsAt: NOON - 3 * DAY_MS } }, "pass", "pass"],
  ["3 days and 1 ms old", { pc: { definitionsAt: NOON - 3 * DAY_MS - 1 } }, "fail: ageing", "pass"],
  ["7 days old to the ms", { pc: { definitionsAt: NOON - 7 * DAY_MS } }, "fail: ageing", "pass"],
  [
    "7 days and 1 ms old",
    { pc: { definitionsAt: NOON - 7 * DAY_MS - 1 } },
    "not-applicable: definitions-old",
    "fail: too-old",
  ],
  [
    "old, on a PC that is off",
    { pc: { definitionsAt: NOON - 9 * DAY_MS }, presence: OFFLINE },
    "not-applicable: definitions-old",
    "unknown: offline",
  ],
  [
    "old, just come on",
    { pc: { definitionsAt: NOON - 9 * DAY_MS }, presence: JUST_ON },
    "not-applicable: definitions-old",
    "unknown: just-online",
  ],
  ["fresh, just come on", { presence: JUST_ON }, "pass", "pass"],
  ["of unknown date", { pc: { definitionsAt: null } }, "unknown: date-unknown", "unknown: date-unknown"],
  ["of a date to come", { pc: { definitionsAt: NOON + 2 * DAY_MS } }, "unknown: date-unknown", "unknown: date-unknown"],
  [
    "current, says the vendor",
    withProducts({ definitionsAt: notKnown(), definitionsCurrent: known(true) }),
    "unknown: vendor-says-current",
    "unknown: vendor-says-current",
  ],
  [
    "old, says the vendor",
    withProducts({ definitionsAt: notKnown(), definitionsCurrent: known(false) }),
    "fail: vendor-says-old",
    "unknown: date-unknown",
  ],
  [
    "old in one product, unknown in another that is on",
    withProducts({ definitionsAt: date(NOON - 9 * DAY_MS) }, { definitionsAt: notKnown() }),
    "not-applicable: definitions-old",
    "unknown: date-unknown",
  ],
  [
    "old in a passive product beside one that is on",
    withProducts({ definitionsAt: date(NOON - 9 * DAY_MS), protection: known(false) }, {}),
    "pass",
    "pass",
  ],
  ["of no product", withProducts(), "not-applicable: no-antivirus", "not-applicable: no-antivirus"],
  ["in no report", UNKNOWN, "unknown: antivirus-unknown", "unknown: antivirus-unknown"],
])("definitions %s", (_, given, ageing, old) => {
  expect(word(check(DEFINITIONS_AGEING, given))).toBe(ageing);
  expect(word(check(DEFINITIONS_OLD, given))).toBe(old);
});

test("one hour after it came online a PC is judged (XC 4)", () => {
  const given = { pc: { definitionsAt: NOON - 9 * DAY_MS } };
  expect(check(DEFINITIONS_OLD, { ...given, presence: JUST_ON }).nextAt).toBe(NOON + 1);
  expect(word(check(DEFINITIONS_OLD, { ...given, presence: { onlineSince: NOON - HOUR_MS } }))).toBe("fail: too-old");
});

test.each<[string, string, string, Case["presence"], string]>([
  ["today", "2026-11-24 17:00", "2026-11-24 10:00", {}, "pass"],
  ["yesterday", "2026-11-24 17:00", "2026-11-23 00:00", {}, "pass"],
  ["the evening before yesterday, before five", "2026-11-24 16:59", "2026-11-22 23:59", {}, "pass"],
  ["the evening before yesterday, at five", "2026-11-24 17:00", "2026-11-22 23:59", {}, "fail: overdue"],
  ["on Friday, Monday at five", "2026-11-23 17:00", "2026-11-20 08:00", {}, "pass"],
  ["on Friday, Tuesday at five", "2026-11-24 17:00", "2026-11-20 08:00", {}, "fail: overdue"],
  ["on Friday, on Saturday evening", "2026-11-28 20:00", "2026-11-27 08:00", {}, "pass"],
  ["on Wednesday, on Sunday after a Friday without", "2026-11-29 12:00", "2026-11-25 08:00", {}, "fail: overdue"],
  [
    "before National Day, on the first day after it",
    "2026-10-08 17:00",
    "2026-09-30 09:00",
    { onlineSince: siteTime("2026-10-08 08:00") },
    "pass",
  ],
  [
    "long ago, the PC on since four",
    "2026-11-24 17:00",
    "2026-11-16 08:00",
    { onlineSince: siteTime("2026-11-24 16:00") },
    "fail: overdue",
  ],
  [
    "long ago, the PC on since a minute past four",
    "2026-11-24 17:00",
    "2026-11-16 08:00",
    { onlineSince: siteTime("2026-11-24 16:01") },
    "unknown: not-judged-yet",
  ],
  [
    "long ago, the PC switched off at a quarter to five",
    "2026-11-24 17:00",
    "2026-11-16 08:00",
    { state: "stopping", onlineSince: siteTime("2026-11-24 08:00"), at: siteTime("2026-11-24 16:45") },
    "fail: overdue",
  ],
  [
    "long ago, the PC off since yesterday",
    "2026-11-24 17:00",
    "2026-11-16 08:00",
    { state: "stopping", onlineSince: siteTime("2026-11-23 08:00"), at: siteTime("2026-11-23 17:00") },
    "unknown: not-judged-yet",
  ],
  ["in a year without working days", "2027-01-05 18:00", "2026-12-31 08:00", {}, "unknown: calendar-unknown"],
])("last scanned %s (%s, scan %s)", (_, now, scan, presence, expected) => {
  const given = { now: siteTime(now), pc: { lastScanAt: siteTime(scan) }, presence: presence ?? {} };
  expect(word(check(SCAN_OVERDUE, given))).toBe(expected);
});

test("without a record of scans there is no verdict, and it is asked again at the next judgement", () => {
  const verdict = check(SCAN_OVERDUE, { pc: { lastScanAt: null } });
  expect(verdict).toEqual({ verdict: "unknown", reason: "scan-unknown", nextAt: siteTime("2026-11-24 17:00") });
});
