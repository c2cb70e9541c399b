/** A person's days: punches sifted once, requests judged once, then slot by slot. A pure function of the evidence and a moment. */
import type { PersonFacts, Workdays } from "./facts.ts";
import { judgeRequest } from "./requests.ts";
import type { AttendanceSettings } from "./settings.ts";
import { type DayPunches, type Sifted, siftPunches } from "./sift.ts";
import type { DayNumber, SiteTime } from "./site-time.ts";
import { judgeSlot, type SlotContext, type SlotFacts } from "./slot.ts";
import type { DayResult, Slot } from "./status.ts";

export interface EvaluationContext {
  settings: AttendanceSettings;
  time: SiteTime;
  workdays: Workdays;
  /** Only what was received or decided by then exists, ms UTC. */
  asOf: number;
  /** Device times before it are a fault of the clock, ms UTC. */
  systemStart: number;
}

export interface PersonResult {
  days: DayResult[];
  quarantined: number;
  unmatched: number;
  duplicates: number;
}

/** Evaluates the given days, in the order given. */
export function evaluatePerson(
  facts: PersonFacts,
  days: Iterable<DayNumber>,
  context: EvaluationContext,
): PersonResult {
  const sifted = siftPunches(facts.punches, context);
  const slotFacts = prepare(facts, context);
  const results: DayResult[] = [];
  for (const day of days) results.push(evaluateDay(day, sifted.days.get(day), slotFacts, context));
  return { days: results, ...counts(sifted) };
}

function prepare(facts: PersonFacts, context: EvaluationContext): SlotFacts {
  const judged = facts.requests.map((request) => ({
    request,
    verdict: judgeRequest(request, { ...context, person: facts.person }),
  }));
  judged.sort((a, b) => a.request.appliedAt - b.request.appliedAt || (a.request.id < b.request.id ? -1 : 1));
  return { ...facts, requests: judged };
}

function evaluateDay(
  day: DayNumber,
  punches: DayPunches | undefined,
  facts: SlotFacts,
  context: SlotContext,
): DayResult {
  const dayType = context.workdays(day);
  const { person } = facts;
  if (dayType === undefined) return same(day, "unknown", UNKNOWN);
  if (day < person.from || day > (person.to ?? Number.POSITIVE_INFINITY)) return same(day, dayType, NOT_HERE);
  if (dayType === "restday") return same(day, dayType, REST);
  return {
    day,
    dayType,
    am: judgeSlot(day, "am", punches?.am, facts, context),
    pm: judgeSlot(day, "pm", punches?.pm, facts, context),
  };
}

const UNKNOWN: Slot = { status: "unknown", article: "历法未定", rule: "calendar-unknown", evidence: [] };
const REST: Slot = { status: "rest", article: "", rule: "rest-day", evidence: [] };
const NOT_HERE: Slot = { status: "na", article: "", rule: "not-on-register", evidence: [] };

function same(day: DayNumber, dayType: DayResult["dayType"], slot: Slot): DayResult {
  return { day, dayType, am: slot, pm: slot };
}

function counts({ quarantined, unmatched, duplicates }: Sifted): Omit<PersonResult, "days"> {
  return { quarantined, unmatched, duplicates };
}
