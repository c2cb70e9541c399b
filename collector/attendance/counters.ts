/** Counters of a person's calendar year: the sum of the days, no more. Days are counted in halves. */
import { yearOfDay } from "./site-time.ts";
import type { DayResult, SlotStatus } from "./status.ts";

export interface Counters {
  late: number;
  early: number;
  /** 迟到、早退累计 (KQ 7(一)): both on one day count twice. */
  lateEarly: number;
  sickDays: number;
  personalDays: number;
  /** 病假、事假累计 (KQ 7(二)). */
  sickPersonalDays: number;
  annualDays: number;
  officialDays: number;
  /** Slots satisfied by a bureau meeting. */
  meetings: number;
  /** 旷工 (KQ 7(三)). */
  absentDays: number;
  /** Slots that wait for an explanation. */
  missing: number;
  /** Working days with the person on the register, and those half-days of them at which the person was there. */
  dueDays: number;
  presentDays: number;
}

export type OpeningBalance = Partial<Pick<Counters, "late" | "early" | "sickDays" | "personalDays" | "absentDays">>;

/** Adds up the days of `year`; other years' days add nothing. */
export function countYear(days: Iterable<DayResult>, year: number, opening: OpeningBalance = {}): Counters {
  const slots = new Map<SlotStatus, number>();
  let dueHalves = 0;
  for (const { day, dayType, am, pm } of days) {
    if (yearOfDay(day) !== year || dayType !== "workday") continue;
    for (const { status } of [am, pm]) {
      slots.set(status, (slots.get(status) ?? 0) + 1);
      if (status !== "na") dueHalves++;
    }
  }
  const times = (status: SlotStatus) => slots.get(status) ?? 0;
  return addUp(times, dueHalves, opening);
}

function addUp(times: (status: SlotStatus) => number, dueHalves: number, opening: OpeningBalance): Counters {
  const late = times("late") + (opening.late ?? 0);
  const early = times("early") + (opening.early ?? 0);
  const sickDays = times("sick") / 2 + (opening.sickDays ?? 0);
  const personalDays = times("personal") / 2 + (opening.personalDays ?? 0);
  return {
    late,
    early,
    lateEarly: late + early,
    sickDays,
    personalDays,
    sickPersonalDays: sickDays + personalDays,
    annualDays: times("annual") / 2,
    officialDays: times("official") / 2,
    meetings: times("meeting"),
    absentDays: times("absent") / 2 + (opening.absentDays ?? 0),
    missing: times("missing"),
    dueDays: dueHalves / 2,
    presentDays: (times("normal") + times("late") + times("early") + times("meeting")) / 2,
  };
}
