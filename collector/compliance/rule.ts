/** A rule is data and one pure function; the evaluator never changes when a rule is added. Three-valued: unknown is never compliant. */
import type { Span, WorkingHours } from "../calendar/working-hours.ts";
import type { Facts } from "./facts.ts";
import type { ComplianceSettings } from "./settings.ts";

export interface Text {
  zh: string;
  en: string;
}

export const SEVERITIES = ["info", "warning", "violation", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What speaks for a verdict, JSON. `reason` is a code of `REASONS`. */
export type Evidence = Readonly<Record<string, unknown>>;

/** Another PC that holds an address at this moment. */
export interface Holder {
  source: string;
  hostname: string;
  mac: string | null;
}

export interface Context {
  /** The logical time of the evaluation, ms UTC: a record's `committed_at` or a deadline, never the evaluator's wall clock. */
  now: number;
  hours: WorkingHours;
  settings: ComplianceSettings;
  /** Spans in which the centre did not listen, in order. */
  deaf: readonly Span[];
  /** Other PCs of the same network, online, that hold the address. */
  holders: (address: string) => Holder[];
  /** Sources that the ledger grants the address to on a date, other than this one. */
  grantedTo: (address: string, day: string) => string[];
}

/** `nextAt`: the first instant at which the verdict may change although no new evidence comes. */
export type Verdict =
  | { verdict: "pass"; nextAt?: number | undefined }
  | {
      verdict: "fail";
      reason: string;
      /** What makes this finding what it is: a difference is an update of the finding. */
      evidence: Evidence;
      /** Circumstances that are kept with the evidence and whose change alone is no update. */
      observed: Evidence;
      /** In place of the rule's own grace. */
      graceSeconds?: number | undefined;
      nextAt?: number | undefined;
    }
  | { verdict: "unknown"; reason: string; nextAt?: number | undefined }
  | { verdict: "not-applicable"; reason: string; nextAt?: number | undefined };

/** RFC 3339 text (or anything else, left as it is) -> `2026-11-24 17:05` in the site's zone. */
export type ShowInstant = (instant: unknown) => string;

export interface Rule {
  code: string;
  /** Code of the article, as in `XC 4`. */
  article: string;
  version: number;
  /** First site date on which the rule is in force. */
  from: string;
  severity: Severity;
  /** How long a failure must last before it is a finding. */
  graceSeconds: number;
  title: Text;
  remediation: Text;
  appliesTo(facts: Facts): boolean;
  check(facts: Facts, context: Context): Verdict;
  /** One sentence for officers, from the evidence of a finding. `show` writes an instant of it in the site's time. */
  message(evidence: Evidence, show: ShowInstant): Text;
  /** Whether two evidences say the same; default: equal as JSON. For measured values that never repeat exactly. */
  isSame?(before: Evidence, after: Evidence): boolean;
}

/** Rules are in force from this date unless they say otherwise. */
export const RULES_FROM = "2026-01-01";

export const DAY_MS = 86_400_000;

export function pass(nextAt?: number): Verdict {
  return { verdict: "pass", nextAt };
}

export function unknown(reason: string, nextAt?: number): Verdict {
  return { verdict: "unknown", reason, nextAt };
}

export function notApplicable(reason: string, nextAt?: number): Verdict {
  return { verdict: "not-applicable", reason, nextAt };
}

export function fail(
  reason: string,
  evidence: Evidence,
  more: { observed?: Evidence; nextAt?: number | undefined; graceSeconds?: number | undefined } = {},
): Verdict {
  const { observed = {}, nextAt, graceSeconds } = more;
  return { verdict: "fail", reason, evidence, observed, nextAt, graceSeconds };
}
