/**
 * A year of staff with planted irregularities, from a seed: the register, the papers, the punches, and the ledger of what really
 * was. The ledger is kept as each day is made up, never computed from the punches.
 */
import { seededRandom } from "../../protocol/seeded-random.ts";
import type { Random } from "../../protocol/time.ts";

export interface StaffYearOptions {
  people: number;
  seed: number;
  /** Working days of the year, `YYYY-MM-DD`, in order. */
  workdays: readonly string[];
  /** Share of days that are not quite in order. Default 0.06. */
  irregular?: number;
}

export interface LedgerEntry {
  person: string;
  unit: string;
  /** Date -> status of morning and afternoon. */
  days: Record<string, readonly [string, string]>;
  late: number;
  early: number;
  sickDays: number;
  personalDays: number;
  annualDays: number;
  officialDays: number;
  absentDays: number;
  meetings: number;
}

export interface StaffYear {
  /** Rows for the centre: `staff.registered`, `attendance.requested` and the like. */
  evidence: { kind: string; body: Record<string, unknown> }[];
  /** `user` on any clock, at a local time of the site. */
  punches: { user: string; at: string }[];
  ledger: LedgerEntry[];
}

interface Outcome {
  slots: readonly [string, string];
  weight: number;
  /** Needs papers; without, the punches alone tell it. */
  paper?: "personal" | "personalHalf" | "sick" | "annual" | "official" | "meeting";
}

const OUTCOMES = {
  late: { slots: ["late", "normal"], weight: 30 },
  early: { slots: ["normal", "early"], weight: 15 },
  lateAndEarly: { slots: ["late", "early"], weight: 5 },
  noArrival: { slots: ["absent", "normal"], weight: 5 },
  noDeparture: { slots: ["normal", "absent"], weight: 5 },
  absent: { slots: ["absent", "absent"], weight: 2 },
  personalDay: { slots: ["personal", "personal"], weight: 8, paper: "personal" },
  personalMorning: { slots: ["personal", "normal"], weight: 8, paper: "personalHalf" },
  sick: { slots: ["sick", "sick"], weight: 10, paper: "sick" },
  annual: { slots: ["annual", "annual"], weight: 12, paper: "annual" },
  official: { slots: ["official", "normal"], weight: 8, paper: "official" },
  meeting: { slots: ["meeting", "normal"], weight: 8, paper: "meeting" },
} as const satisfies Record<string, Outcome>;

const UNITS = ["社保窗口", "医保窗口", "市场监管窗口", "税务窗口", "公积金窗口"];
const NAMES = ["张㛃", "李䶮", "𬭚宁", "王芳", "赵敏", "陈静", "刘洋", "杨帆"];
/** The last days of the year stay in order: their deadlines lie in a year whose calendar may not be known. */
const QUIET_DAYS = 4;
const HOUR = 3600;

export function simulateStaffYear({ people, seed, workdays, irregular = 0.06 }: StaffYearOptions): StaffYear {
  const year: StaffYear = { evidence: [], punches: [], ledger: [] };
  for (let index = 0; index < people; index++) {
    const random = seededRandom(seed * 100_003 + index);
    const person = String(1001 + index).padStart(6, "0");
    const unit = UNITS[index % UNITS.length] as string;
    const entry: LedgerEntry = { person, unit, days: {}, ...EMPTY };
    const from = `${workdays[0]?.slice(0, 4)}-01-01`;
    year.evidence.push(register(person, NAMES[index % NAMES.length] as string, unit, from));
    for (const [day, date] of workdays.entries()) {
      const isQuiet = day >= workdays.length - QUIET_DAYS || random() >= irregular;
      playDay(year, entry, date, isQuiet ? REGULAR : pick(random), random);
    }
    year.ledger.push(entry);
  }
  return year;
}

const EMPTY = {
  late: 0,
  early: 0,
  sickDays: 0,
  personalDays: 0,
  annualDays: 0,
  officialDays: 0,
  absentDays: 0,
  meetings: 0,
};
const REGULAR: Outcome = { slots: ["normal", "normal"], weight: 0 };

function pick(random: Random): Outcome {
  const all: Outcome[] = Object.values(OUTCOMES);
  let left = random() * all.reduce((sum, { weight }) => sum + weight, 0);
  for (const outcome of all) {
    left -= outcome.weight;
    if (left < 0) return outcome;
  }
  return REGULAR;
}

function playDay(year: StaffYear, entry: LedgerEntry, date: string, outcome: Outcome, random: Random): void {
  entry.days[date] = outcome.slots;
  for (const status of outcome.slots) tally(entry, status);
  if (outcome.paper) year.evidence.push(...papers(entry.person, date, outcome.paper));
  const [am, pm] = outcome.slots;
  const times = [...arrival(am, random), ...departure(pm, random)];
  for (const seconds of times) {
    const punch = { user: userOf(entry.person), at: `${date}T${clockTime(seconds)}` };
    year.punches.push(punch);
    // Pressed twice, as people do.
    if (random() < 0.03) year.punches.push({ ...punch, at: `${date}T${clockTime(seconds)}` });
  }
}

function tally(entry: LedgerEntry, status: string): void {
  if (status === "late" || status === "early") entry[status]++;
  else if (status === "meeting") entry.meetings++;
  else if (status === "absent") entry.absentDays += 0.5;
  else if (status === "sick") entry.sickDays += 0.5;
  else if (status === "personal") entry.personalDays += 0.5;
  else if (status === "annual") entry.annualDays += 0.5;
  else if (status === "official") entry.officialDays += 0.5;
}

function arrival(status: string, random: Random): number[] {
  if (status === "normal") return [between(8 * HOUR, 9 * HOUR, random), ...lunch(random, 12 * HOUR)];
  return status === "late" ? [between(9 * HOUR + 1, 11 * HOUR, random), ...lunch(random, 12 * HOUR)] : [];
}

function departure(status: string, random: Random): number[] {
  if (status === "normal") return [between(17 * HOUR, 18 * HOUR, random), ...lunch(random, 13.5 * HOUR)];
  return status === "early" ? [between(15 * HOUR, 17 * HOUR - 1, random), ...lunch(random, 13.5 * HOUR)] : [];
}

/** Punches at noon that mean nothing. */
function lunch(random: Random, around: number): number[] {
  return random() < 0.2 ? [between(around, around + 1200, random)] : [];
}

function between(from: number, to: number, random: Random): number {
  return from + Math.floor(random() * (to - from + 1));
}

function papers(person: string, date: string, paper: NonNullable<Outcome["paper"]>): StaffYear["evidence"] {
  const id = `${person}-${date}`;
  if (paper === "meeting") return meetingPapers(person, date);
  const isHalf = paper === "personalHalf" || paper === "official";
  const type = paper === "personalHalf" ? "personal" : paper;
  const before = instant(previousDate(date), "10:00:00");
  const requested = {
    kind: "attendance.requested",
    body: {
      id,
      person,
      type,
      fromDate: date,
      fromHalf: "am",
      toDate: date,
      toHalf: isHalf ? "am" : "pm",
      appliedAt: before,
    },
  };
  if (paper === "sick") {
    const certified = { request: id, at: instant(date, "16:00:00"), hospitalQualified: true };
    return [requested, { kind: "attendance.certified", body: certified }];
  }
  const roles = isHalf ? ["window_head"] : ["window_head", "home_unit"];
  const approvals = roles.map((role) => ({
    kind: "attendance.approved",
    body: { request: id, role, approver: `${role}-1`, result: "approve", at: instant(previousDate(date), "11:00:00") },
  }));
  const substituted = { kind: "attendance.substituted", body: { request: id, substitute: "S1", at: before } };
  return [requested, ...approvals, ...(paper === "annual" ? [substituted] : [])];
}

function meetingPapers(person: string, date: string): StaffYear["evidence"] {
  const id = `meeting-${date}`;
  const [start, end, at] = [instant(date, "08:30:00"), instant(date, "11:00:00"), instant(date, "08:25:00")];
  return [
    { kind: "attendance.meeting", body: { id, title: "局机关会议", organisedByBureau: true, start, end } },
    { kind: "attendance.signed-in", body: { meeting: id, person, at } },
  ];
}

function register(person: string, name: string, unit: string, from: string): StaffYear["evidence"][number] {
  const users = [{ clock: "*", user: userOf(person) }];
  return { kind: "staff.registered", body: { person, name, unit, kind: "window", from, to: null, users } };
}

/** What is keyed in at the clock has no leading zeros. */
function userOf(person: string): string {
  return String(Number(person));
}

/** The site is in China: UTC+8 all year. */
function instant(date: string, time: string): string {
  return new Date(Date.parse(`${date}T${time}+08:00`)).toISOString();
}

function previousDate(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - 86_400_000).toISOString().slice(0, 10);
}

function clockTime(seconds: number): string {
  return new Date(Math.floor(seconds) * 1000).toISOString().slice(11, 19);
}
