/** Whether an application holds: prior, approved by those who may, certified, the substitute in place (KQ 2 to 5). */
import { HALVES_OF_A_DAY, needsSubstitute, routeOf } from "./approvals.ts";
import { dayAfterWorkdays } from "./deadlines.ts";
import type { Approval, ApproverRole, Half, Person, Request, Workdays } from "./facts.ts";
import type { AttendanceSettings } from "./settings.ts";
import type { DayNumber, SiteTime } from "./site-time.ts";

export type RequestVerdict =
  | { state: "valid"; article: string }
  /** Nothing is decided before `until` (undefined: unknown calendar, never). */
  | { state: "pending"; until: number | undefined; article: string }
  | { state: "invalid"; article: string; reason: InvalidReason };

export type InvalidReason =
  | "not-yet-applied"
  | "cancelled"
  | "applied-late"
  | "not-approved"
  | "no-certificate"
  | "certificate-not-qualified"
  | "no-substitute";

export interface RequestContext {
  person: Person;
  settings: AttendanceSettings;
  time: SiteTime;
  workdays: Workdays;
  asOf: number;
}

export function judgeRequest(request: Request, context: RequestContext): RequestVerdict {
  const { article, roles } = routeOf(request.type, context.person.kind, countHalves(request, context.workdays));
  const refuse = (reason: InvalidReason): RequestVerdict => ({ state: "invalid", article, reason });
  if (request.appliedAt > context.asOf) return refuse("not-yet-applied");
  if (isBy(request.cancelledAt, context.asOf)) return refuse("cancelled");
  if (request.type === "sick") return judgeCertificate(request, context, article);
  if (!context.settings.allowRetroactive && request.appliedAt > startOf(request, context))
    return refuse("applied-late");
  if (!roles.every((role) => isApproved(request.approvals, role, context))) return refuse("not-approved");
  if (needsSubstitute(request.type, context.person.kind) && !isBy(request.substituteAt, context.asOf))
    return refuse("no-substitute");
  return { state: "valid", article };
}

/** KQ 3: a qualified certificate, due some working days after the leave ends. */
function judgeCertificate(request: Request, context: RequestContext, article: string): RequestVerdict {
  const { settings, time, workdays, asOf } = context;
  const overDay = dayAfterWorkdays(request.toDay, settings.explainDeadlineWorkdays, workdays);
  const until = overDay === undefined ? undefined : time.instant(overDay, 0);
  const { certificate } = request;
  if (certificate && certificate.at <= asOf && isInTime(certificate.at, until, settings)) {
    if (certificate.hospitalQualified) return { state: "valid", article };
  }
  if (until === undefined || asOf < until) return { state: "pending", until, article };
  const reason = certificate && !certificate.hospitalQualified ? "certificate-not-qualified" : "no-certificate";
  return { state: "invalid", article, reason };
}

function isInTime(at: number, until: number | undefined, settings: AttendanceSettings): boolean {
  return settings.allowRetroactive || until === undefined || at < until;
}

/** The last word of each role counts; nobody approves for himself. */
function isApproved(approvals: readonly Approval[], role: ApproverRole, { person, asOf }: RequestContext): boolean {
  const words = approvals.filter((word) => word.role === role && word.at <= asOf && word.by !== person.id);
  const last = words.reduce<Approval | undefined>((a, b) => (a === undefined || b.at >= a.at ? b : a), undefined);
  return last?.result === "approve";
}

/** The moment from which the person is missing: the end of the arrival window, or the split of the day. */
function startOf(request: Request, { settings, time }: RequestContext): number {
  return time.instant(request.fromDay, request.fromHalf === "am" ? settings.lateAfter : settings.splitTime);
}

/**
 * Half-days away, counted on working days up to a whole day: beyond it the approvals are the same, and a mistyped year would
 * be counted through. Days that no calendar knows count as worked, which asks for more approvals, not fewer.
 */
function countHalves(request: Request, workdays: Workdays): number {
  let halves = 0;
  for (let day = request.fromDay; day <= request.toDay && halves < HALVES_OF_A_DAY; day++) {
    if (workdays(day) === "restday") continue;
    if (covers(request, day, "am")) halves++;
    if (covers(request, day, "pm")) halves++;
  }
  return halves;
}

export function covers(request: Request, day: DayNumber, half: Half): boolean {
  if (day < request.fromDay || day > request.toDay) return false;
  if (day === request.fromDay && half === "am" && request.fromHalf === "pm") return false;
  return !(day === request.toDay && half === "pm" && request.toHalf === "am");
}

/** What has no moment has not happened yet. */
export function isBy(at: number | undefined, asOf: number): boolean {
  return (at ?? Number.POSITIVE_INFINITY) <= asOf;
}
