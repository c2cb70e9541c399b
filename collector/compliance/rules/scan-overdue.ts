/**
 * WG 18: every two days a scan (每2天杀毒一次): one completed today or on the working day before, judged in the late
 * afternoon of a working day on which the PC was on long enough. Days off do not count; a quick scan is accepted.
 */
import { newestDate, productsInForce, productsOf } from "../antivirus.ts";
import { isInService } from "../applicability.ts";
import type { Facts } from "../facts.ts";
import {
  type Context,
  DAY_MS,
  fail,
  notApplicable,
  pass,
  RULES_FROM,
  type Rule,
  unknown,
  type Verdict,
} from "../rule.ts";

export const SCAN_OVERDUE: Rule = {
  code: "WG18-scan-overdue",
  article: "WG 18",
  version: 1,
  from: RULES_FROM,
  severity: "violation",
  graceSeconds: 0,
  title: { zh: "未按规定每 2 天查杀病毒", en: "Virus scan overdue" },
  remediation: {
    zh: "立即做一次快速查杀，并设置每个工作日的定时查杀任务。",
    en: "Run a quick scan now and schedule one for every working day.",
  },
  appliesTo: isInService,
  check,
  message: ({ product, scannedAt, neededSince }, show) => ({
    zh: `${product} 最近一次查杀完成于 ${show(scannedAt)}，应在 ${neededSince} 及以后完成。`,
    en: `The last scan of ${product} was completed at ${show(scannedAt)}; one since ${neededSince} is required.`,
  }),
};

function check(facts: Facts, context: Context): Verdict {
  const products = productsOf(facts);
  if (!products) return unknown("antivirus-unknown");
  if (products.length === 0) return notApplicable("no-antivirus");
  const judged = judgement(context);
  if (!judged) return unknown("calendar-unknown", nextMidnight(context));
  const { newest, isComplete } = newestDate(facts, productsInForce(products), "lastScanAt");
  const nextAt = judged.nextAt;
  if (newest.known && newest.at >= judged.since) return pass(nextAt);
  if (!newest.known || !isComplete) return unknown("scan-unknown", nextAt);
  if (!wasOnBefore(facts, judged.at, context)) return unknown("not-judged-yet", nextAt);
  const { product, source, confidence } = newest;
  const evidence = {
    product,
    scannedAt: new Date(newest.at).toISOString(),
    neededSince: judged.sinceDay,
    source,
    confidence,
  };
  return fail("overdue", evidence, { observed: { judgedAt: judged.at, offsetMs: facts.offsetMs }, nextAt });
}

/** The last moment of judgement that has come, the first day whose scan satisfies it, and the moment after it. */
function judgement({ now, hours, settings }: Context) {
  const { calendar } = hours;
  const today = hours.dayAt(now);
  const isDue = now >= hours.at(today, settings.scanJudgedAt);
  const works = calendar.isWorkingDay(today);
  if (works === undefined) return undefined;
  const day = works && isDue ? today : calendar.previousWorkingDay(today);
  const nextDay = works && !isDue ? today : calendar.nextWorkingDay(today);
  const sinceDay = day && calendar.previousWorkingDay(day);
  if (!day || !sinceDay) return undefined;
  // Where the calendar ends, the question is asked again at the first midnight beyond.
  const nextAt = nextDay ? hours.at(nextDay, settings.scanJudgedAt) : nextMidnight({ now, hours });
  return { at: hours.at(day, settings.scanJudgedAt), sinceDay, since: hours.at(sinceDay, "00:00"), nextAt };
}

function nextMidnight({ now, hours }: Pick<Context, "now" | "hours">): number {
  return hours.at(hours.dayAt(now + DAY_MS), "00:00");
}

/** Whether the PC was on for the settling time on the judged day, before the judgement: one that was off cannot scan. */
function wasOnBefore({ presence }: Facts, judgedAt: number, { now, hours, settings }: Context): boolean {
  if (presence.onlineSince === null) return false;
  const until = Math.min(presence.state === "online" ? now : presence.at, judgedAt);
  const midnight = hours.at(hours.dayAt(judgedAt), "00:00");
  return until - Math.max(presence.onlineSince, midnight) >= settings.settleMinutes * 60_000;
}
