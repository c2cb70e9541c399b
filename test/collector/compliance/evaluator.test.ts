/** What holds for every rule: dates of effect, switches, texts, and the promise about the next moment. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { describeFinding } from "../../../collector/compliance/describe.ts";
import { evaluate, graceMs } from "../../../collector/compliance/evaluator.ts";
import { REASONS } from "../../../collector/compliance/reasons.ts";
import { pass, type Rule, SEVERITIES } from "../../../collector/compliance/rule.ts";
import { RULES } from "../../../collector/compliance/rules.ts";
import { DAY_MS, siteTime } from "../projections/support/reports.ts";
import { type Case, contextFor, factsFor, granted, held, NOON, powerEvent, word } from "./support/cases.ts";

const [SAMPLE] = RULES as readonly [Rule];

function judge(rule: Rule, given: Case = {}) {
  const [outcome] = evaluate([rule], factsFor(given), contextFor(given));
  if (!outcome) throw new Error("no outcome");
  return outcome.verdict;
}

test("a PC in order passes every rule that applies to it", () => {
  const verdicts = evaluate(RULES, factsFor(), contextFor());
  expect(Object.fromEntries(verdicts.map(({ rule, verdict }) => [rule.code, word(verdict)]))).toEqual({
    "XC1-unregistered": "pass",
    "ID-duplicate": "pass",
    "XC1-silent": "pass",
    "XC3-server-patches": "not-applicable: does-not-apply",
    "XC3-desktop-baseline": "pass",
    "XC4-definitions-old": "pass",
    "XC4-definitions-ageing": "pass",
    "WG14-ip-change": "pass",
    "WG14-ip-conflict": "pass",
    "WG18-no-antivirus": "pass",
    "WG18-protection-off": "pass",
    "WG18-scan-overdue": "pass",
    "TIME-drift": "pass",
    "SB315-unexpected-shutdown": "pass",
  });
});

test("a rule is in force from the site's midnight of its date on", () => {
  const rule = { ...SAMPLE, from: "2026-11-25", check: () => pass() };
  const before = { now: siteTime("2026-11-25 00:00") - 1 };
  expect(judge(rule, before)).toMatchObject({ reason: "not-in-force", nextAt: siteTime("2026-11-25 00:00") });
  expect(word(judge(rule, { now: siteTime("2026-11-25 00:00") }))).toBe("pass");
});

test("a rule that is switched off or does not apply says so", () => {
  expect(word(judge(SAMPLE, { settings: { disabled: [SAMPLE.code] } }))).toBe("not-applicable: switched-off");
  expect(word(judge({ ...SAMPLE, appliesTo: () => false }))).toBe("not-applicable: does-not-apply");
});

test("a grace is the site's, else the verdict's, else the rule's", () => {
  const rule = { ...SAMPLE, graceSeconds: 1 };
  const failed = { verdict: "fail", reason: "pending", evidence: {}, observed: {} } as const;
  expect(graceMs(rule, failed, contextFor())).toBe(1_000);
  expect(graceMs(rule, { ...failed, graceSeconds: 0 }, contextFor())).toBe(0);
  const context = contextFor({ settings: { graceSeconds: { [SAMPLE.code]: 7 } } });
  expect(graceMs(rule, { ...failed, graceSeconds: 0 }, context)).toBe(7_000);
});

test("every rule names its article and has its texts in both languages, and codes are unique", () => {
  for (const rule of RULES) {
    expect(rule.article).toMatch(/^(XC|WG|SB) [\d三(一)]+$/);
    expect(SEVERITIES).toContain(rule.severity);
    for (const text of [rule.title, rule.remediation]) {
      expect(text.zh).toMatch(/[一-鿿]/);
      expect(text.en).toMatch(/^[\x20-\x7e]+$/);
    }
  }
  expect(new Set(RULES.map(({ code }) => code)).size).toBe(RULES.length);
});

const DAY = { min: -20 * DAY_MS, max: 3 * DAY_MS };

/** Facts of all kinds around a moment. */
const CASES: fc.Arbitrary<Case> = fc.record({
  now: fc.integer({ min: siteTime("2026-01-05 00:00"), max: siteTime("2027-01-10 00:00") }),
  pc: fc.record({
    protection: fc.constantFrom(true, false, null),
    products: fc.constantFrom(0, 1, 2),
    os: fc.constantFrom("linux" as const, "windows" as const, "windows-server" as const),
    level: fc.constantFrom("26100.1", "26100.9999", "6.1.0", "1.1"),
    security: fc.constantFrom(0, 4),
  }),
  facts: fc.record({
    offsetMs: fc.constantFrom(null, 0, 31_000),
    pc: fc.record({
      state: fc.constantFrom("pending" as const, "approved" as const, "retired" as const),
      role: fc.constantFrom("desktop" as const, "server" as const),
      firstSeenAt: fc.constant(0),
    }),
    addresses: fc.constantFrom(null, [], [held("10.1.2.3")], [held("10.1.2.4", { origin: "dhcp" })]),
    grants: fc.constantFrom(
      [],
      [granted("10.1.2.3")],
      [granted("10.1.2.3", "2026-06-01", "2026-11-24")],
      [granted("10.1.2.0/24", "2026-11-25")],
    ),
    everGranted: fc.boolean(),
    held: fc.boolean(),
  }),
});

interface Around {
  definitions: number | null;
  scan: number | null;
  lists: number | null;
  gone: number;
  online: number;
  stop: number;
  state: "online" | "stopping" | "lost" | "unknown";
}

const AROUND: fc.Arbitrary<Around> = fc.record({
  definitions: fc.option(fc.integer(DAY)),
  scan: fc.option(fc.integer(DAY)),
  lists: fc.option(fc.integer(DAY)),
  gone: fc.integer({ min: -20 * DAY_MS, max: 0 }),
  online: fc.integer({ min: -20 * DAY_MS, max: 0 }),
  stop: fc.integer({ min: -20 * DAY_MS, max: 0 }),
  state: fc.constantFrom("online", "stopping", "lost", "unknown"),
});

function caseAt(given: Case, around: Around): Case {
  const now = given.now ?? NOON;
  const at = (offset: number | null) => (offset === null ? null : now + offset);
  const { state, gone, online } = around;
  return {
    ...given,
    pc: { ...given.pc, definitionsAt: at(around.definitions), lastScanAt: at(around.scan), listsAt: at(around.lists) },
    facts: {
      ...given.facts,
      power: [powerEvent("unexpected-shutdown", now + around.stop)],
      pendingSecuritySince: now + around.stop,
    },
    presence: {
      state,
      at: now + gone,
      heardAt: state === "online" ? now : now + gone,
      onlineSince: now + Math.min(online, state === "online" ? 0 : gone),
    },
    deaf: [{ from: now + gone, to: now + gone / 2 }],
  };
}

test("a verdict does not change before the moment that it names, and that moment lies ahead", () => {
  const property = fc.property(CASES, AROUND, fc.double({ min: 0, max: 1, noNaN: true }), (given, around, share) => {
    const now = given.now ?? NOON;
    const whole = caseAt(given, around);
    const facts = factsFor(whole);
    for (const { rule, verdict } of evaluate(RULES, facts, contextFor(whole))) {
      const { nextAt } = verdict;
      if (nextAt !== undefined) expect(nextAt, rule.code).toBeGreaterThan(now);
      const end = Math.min(nextAt ?? Number.POSITIVE_INFINITY, now + 30 * DAY_MS);
      for (const later of [end - 1, Math.floor(now + (end - 1 - now) * share)]) {
        const [then] = evaluate([rule], facts, contextFor({ ...whole, now: later }));
        expect(then && word(then.verdict), `${rule.code} at ${later - now} ms of ${end - now}`).toBe(word(verdict));
      }
    }
  });
  fc.assert(property, { numRuns: 400, seed: 20261124 });
});

test("every reason that a rule gives has words, and every failure a sentence", () => {
  const property = fc.property(CASES, AROUND, (given, around) => {
    const whole = caseAt(given, around);
    for (const { rule, verdict } of evaluate(RULES, factsFor(whole), contextFor(whole))) {
      if (verdict.verdict === "pass") continue;
      expect(Object.keys(REASONS), rule.code).toContain(verdict.reason);
      if (verdict.verdict !== "fail") continue;
      const evidence = JSON.parse(JSON.stringify({ reason: verdict.reason, ...verdict.evidence })) as Record<
        string,
        unknown
      >;
      const { message } = describeFinding(rule.code, evidence, "Asia/Shanghai");
      for (const text of [message.zh, message.en]) expect(text, rule.code).not.toMatch(/undefined|null|NaN|\[object/);
    }
  });
  fc.assert(property, { numRuns: 400, seed: 20261124 });
});

test("a finding of a rule that is no more is described by its reason", () => {
  const description = describeFinding("XX-gone", { reason: "lost" }, "Asia/Shanghai");
  expect(description).toEqual({
    article: "",
    title: { zh: "XX-gone", en: "XX-gone" },
    message: { zh: "工作时间失联", en: "lost in working hours" },
    remediation: { zh: "", en: "" },
  });
});

test("instants of a sentence are in the site's time", () => {
  const evidence = { reason: "too-old", product: "ClamAV", publishedAt: "2026-11-10T20:30:00.000Z" };
  expect(describeFinding("XC4-definitions-old", evidence, "Asia/Shanghai").message).toEqual({
    zh: "ClamAV 正在使用的病毒库发布于 2026-11-11 04:30。",
    en: "The definitions that ClamAV uses were published at 2026-11-11 04:30.",
  });
});
