/**
 * One half-day slot. Precedence: approved request > bureau meeting signed in > post found empty > confirmed written record >
 * punches > missing. Everything is judged as of a moment: what was received or decided later does not exist.
 */
import { dayAfterWorkdays } from "./deadlines.ts";
import type { DeviceFault, DutyFinding, Explanation, Half, Meeting, Person, Request, Workdays } from "./facts.ts";
import { covers, isBy, type RequestVerdict } from "./requests.ts";
import type { AttendanceSettings } from "./settings.ts";
import { isOutsideWindow, type JudgedPunch } from "./sift.ts";
import type { DayNumber, SiteTime } from "./site-time.ts";
import type { Slot } from "./status.ts";

export interface SlotFacts {
  person: Person;
  requests: readonly { request: Request; verdict: RequestVerdict }[];
  meetings: readonly Meeting[];
  explanations: readonly Explanation[];
  deviceFaults: readonly DeviceFault[];
  findings: readonly DutyFinding[];
}

export interface SlotContext {
  settings: AttendanceSettings;
  time: SiteTime;
  workdays: Workdays;
  asOf: number;
}

/** A working day's slot; `punch` is its arrival or departure, if one was received. */
export function judgeSlot(
  day: DayNumber,
  half: Half,
  punch: JudgedPunch | undefined,
  facts: SlotFacts,
  context: SlotContext,
): Slot {
  return (
    byRequest(day, half, facts) ??
    byMeeting(day, half, facts.meetings, context) ??
    byFinding(day, half, facts.findings, context) ??
    byExplanation(day, half, facts, context) ??
    byPunch(day, half, punch, context) ??
    withoutEvidence(day, half, facts, context)
  );
}

function byRequest(day: DayNumber, half: Half, { requests }: SlotFacts): Slot | undefined {
  for (const { request, verdict } of requests) {
    if (verdict.state !== "valid" || !covers(request, day, half)) continue;
    return { status: request.type, article: verdict.article, rule: "request", evidence: [request.id] };
  }
  return undefined;
}

function byMeeting(
  day: DayNumber,
  half: Half,
  meetings: readonly Meeting[],
  { settings, time, asOf }: SlotContext,
): Slot | undefined {
  if (meetings.length === 0) return undefined;
  const moment = time.instant(day, half === "am" ? settings.lateAfter : settings.earlyBefore);
  const covering = meetings.find(
    ({ organisedByBureau, start, end, signInAt }) =>
      organisedByBureau && start <= moment && moment <= end && isBy(signInAt, asOf),
  );
  return covering && { status: "meeting", article: "KQ 1(二)", rule: "meeting", evidence: [covering.id] };
}

function byFinding(
  day: DayNumber,
  half: Half,
  findings: readonly DutyFinding[],
  { asOf }: SlotContext,
): Slot | undefined {
  const confirmed = findings.find(
    (finding) => finding.day === day && finding.half === half && isBy(finding.confirmedAt, asOf),
  );
  return confirmed && { status: "absent", article: "KQ 2, 6", rule: "left-post", evidence: [confirmed.id] };
}

function byExplanation(
  day: DayNumber,
  half: Half,
  { explanations, person }: SlotFacts,
  context: SlotContext,
): Slot | undefined {
  const record = explanations.findLast(
    (row) => row.day === day && row.half === half && isConfirmed(row, person, context.asOf),
  );
  if (!record) return undefined;
  const at = context.time.instant(day, record.actualSeconds);
  const judged: Slot = record.waived
    ? { status: "normal", article: "KQ 1(一)", rule: "record-waived", evidence: [record.id], at }
    : { ...judgeMoment(half, record.actualSeconds, context.settings), evidence: [record.id], at };
  return judged;
}

/** Confirmed by 保障服务处, never by oneself. */
function isConfirmed(row: Explanation, person: Person, asOf: number): boolean {
  if (row.result !== "confirmed" || row.confirmedBy === undefined || row.confirmedBy === person.id) return false;
  return isBy(row.confirmedAt, asOf);
}

function byPunch(
  day: DayNumber,
  half: Half,
  punch: JudgedPunch | undefined,
  { settings, time, asOf }: SlotContext,
): Slot | undefined {
  if (punch === undefined) return undefined;
  const judged = judgeMoment(half, punch.seconds, settings);
  const isFinal = half === "am" || judged.status === "normal" || asOf > time.instant(day, settings.departureWindow[1]);
  if (!isFinal) return { ...open(half), evidence: evidenceOf(punch), at: punch.at };
  const slot: Slot = { ...judged, evidence: evidenceOf(punch), at: punch.at };
  if (isOutsideWindow(half, punch.seconds, settings)) slot.outsideWindow = true;
  return slot;
}

function evidenceOf({ id, decision }: JudgedPunch): string[] {
  return decision === undefined ? [id] : [id, decision];
}

/** KQ 1(一): late after 9:00, early before 17:00; the setting may make a long lateness half a day 旷工. */
function judgeMoment(
  half: Half,
  seconds: number,
  settings: AttendanceSettings,
): Pick<Slot, "status" | "article" | "rule"> {
  const moment = settings.precision === "minute" ? Math.floor(seconds / 60) * 60 : seconds;
  const shortBy = half === "am" ? moment - settings.lateAfter : settings.earlyBefore - moment;
  if (shortBy <= settings.graceSeconds) return { status: "normal", article: "KQ 1(一)", rule: "on-time" };
  const limit = half === "am" ? settings.lateToAbsentMinutes : settings.earlyToAbsentMinutes;
  if (limit !== null && shortBy >= limit * 60) return { status: "absent", article: "KQ 6", rule: "too-short" };
  return { status: half === "am" ? "late" : "early", article: "KQ 1(一)", rule: "off-time" };
}

/** Nothing says that the person was there: open, then missing, and 旷工 once the deadline is over (KQ 6). */
function withoutEvidence(day: DayNumber, half: Half, facts: SlotFacts, context: SlotContext): Slot {
  const { settings, time, workdays, asOf } = context;
  if (asOf <= time.instant(day, lastMoment(half, settings))) return open(half);
  const missing = (rule: string, evidence: readonly string[] = []): Slot => ({
    status: "missing",
    article: "KQ 1(一)",
    rule,
    evidence,
  });
  const fault = facts.deviceFaults.find((row) => overlapsWindow(row, day, half, context));
  if (fault) return missing("clock-broken", [fault.id]);
  const pending = facts.requests.find(
    ({ request, verdict }) => verdict.state === "pending" && covers(request, day, half),
  );
  if (pending) return missing("certificate-due", [pending.request.id]);
  const over = dayAfterWorkdays(day, settings.explainDeadlineWorkdays, workdays);
  if (over === undefined) return missing("calendar-unknown");
  if (asOf < time.instant(over, 0)) return missing("explanation-due");
  return { status: "absent", article: "KQ 6", rule: "unexplained", evidence: refusedIds(day, half, facts) };
}

/** Up to this moment of the day a punch would still be in time, or the departure may still come. */
export function lastMoment(half: Half, settings: AttendanceSettings): number {
  if (half === "pm") return settings.departureWindow[1];
  const lenience = settings.precision === "minute" ? 59 : 0;
  return settings.lateAfter + settings.graceSeconds + lenience;
}

function overlapsWindow(fault: DeviceFault, day: DayNumber, half: Half, { settings, time }: SlotContext): boolean {
  const [from, to] = half === "am" ? settings.arrivalWindow : settings.departureWindow;
  return fault.from <= time.instant(day, to) && fault.to >= time.instant(day, from);
}

/** Applications and records that covered the slot and did not hold: the first thing that an officer will ask for. */
function refusedIds(day: DayNumber, half: Half, { requests, explanations }: SlotFacts): string[] {
  return [
    ...requests.filter(({ request }) => covers(request, day, half)).map(({ request }) => request.id),
    ...explanations.filter((row) => row.day === day && row.half === half).map((row) => row.id),
  ];
}

function open(half: Half): Slot {
  return { status: "open", article: "KQ 1(一)", rule: half === "am" ? "before-late" : "before-close", evidence: [] };
}
