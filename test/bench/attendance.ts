/**
 * `npm run bench -- attendance [--people 10000]`: a year of everybody's punches evaluated slot by slot, with memory, beside the
 * time that only generating the same punches takes.
 */
import { countYear } from "../../collector/attendance/counters.ts";
import type { PersonFacts, Punch, Workdays } from "../../collector/attendance/facts.ts";
import { evaluatePerson } from "../../collector/attendance/person.ts";
import { DEFAULT_SETTINGS } from "../../collector/attendance/settings.ts";
import { dayOfDate, type SiteTime, siteTime, weekdayOfDay } from "../../collector/attendance/site-time.ts";
import { seededRandom } from "../../protocol/seeded-random.ts";
import { type LateTimes, latePunches } from "./attendance-late.ts";
import { quantile, round } from "./figures.ts";

const FIRST = dayOfDate("2026-01-01") as number;
const LAST = dayOfDate("2026-12-31") as number;
const YEAR = Array.from({ length: LAST - FIRST + 1 }, (_, index) => FIRST + index);
/** Four punches a day, two of which do not matter, and one in twenty read twice. */
const REPEAT_SHARE = 0.05;

const LATE_PUNCHES = 500;

const workdays: Workdays = (day) => ([0, 6].includes(weekdayOfDay(day)) ? "restday" : "workday");

export async function run(args: string[]): Promise<void> {
  const people = Number(args[args.indexOf("--people") + 1] ?? 10_000) || 10_000;
  const time = siteTime("Asia/Shanghai");
  const generated = measure(() => {
    let punches = 0;
    for (let person = 0; person < people; person++) punches += punchesOf(person, time).length;
    return { punches, slots: 0, late: 0 };
  });
  const evaluated = measure(() => evaluateAll(people, time));
  print(people, generated, evaluated);
  printLate(await latePunches(people, LATE_PUNCHES));
}

function evaluateAll(people: number, time: SiteTime) {
  const totals = { punches: 0, slots: 0, late: 0 };
  const context = {
    settings: DEFAULT_SETTINGS,
    time,
    workdays,
    asOf: time.instant(LAST + 30, 0),
    systemStart: time.instant(FIRST - 365, 0),
  };
  for (let person = 0; person < people; person++) {
    const facts = factsOf(person, time);
    const { days } = evaluatePerson(facts, YEAR, context);
    totals.punches += facts.punches.length;
    totals.slots += days.length * 2;
    totals.late += countYear(days, 2026).late;
  }
  return totals;
}

function factsOf(person: number, time: SiteTime): PersonFacts {
  return {
    person: { id: `P${person}`, kind: "window", from: FIRST },
    punches: punchesOf(person, time),
    requests: [],
    meetings: [],
    explanations: [],
    deviceFaults: [],
    findings: [],
  };
}

function punchesOf(person: number, time: SiteTime): Punch[] {
  const random = seededRandom(person + 1);
  const punches: Punch[] = [];
  for (const day of YEAR) {
    if (workdays(day) === "restday") continue;
    for (const [from, spread] of [
      [8.4, 0.7],
      [12, 0.3],
      [13.3, 0.5],
      [16.95, 0.6],
    ] as const) {
      const at = time.instant(day, Math.floor((from + random() * spread) * 3600));
      const punch = { id: `${person}-${punches.length}`, at, device: "C1", receivedAt: at + 300 };
      punches.push(punch);
      if (random() < REPEAT_SHARE) punches.push({ ...punch, id: `${punch.id}r` });
    }
  }
  return punches;
}

/** Both times in seconds; `cpu` is what all threads of this process used, whatever else the machine does. */
interface Spent {
  wall: number;
  cpu: number;
}

function measure<T>(work: () => T): T & Spent {
  const [start, cpuBefore] = [performance.now(), process.cpuUsage()];
  const result = work();
  const { user, system } = process.cpuUsage(cpuBefore);
  return { ...result, wall: (performance.now() - start) / 1000, cpu: (user + system) / 1e6 };
}

function print(people: number, generated: Spent, evaluated: ReturnType<typeof evaluateAll> & Spent): void {
  const row = ({ wall, cpu }: Spent) => ({
    "wall s": round(wall),
    "cpu s": round(cpu),
    ratio: round(cpu / generated.cpu),
  });
  const own = { wall: evaluated.wall - generated.wall, cpu: evaluated.cpu - generated.cpu };
  console.table({
    "generating alone (baseline)": row(generated),
    "generating and evaluating": row(evaluated),
    "evaluating alone": row(own),
  });
  const { punches, slots, late } = evaluated;
  console.log(
    `${people} people, ${punches} punches, ${slots} slots, ${late} late; ${Math.round(slots / own.cpu)} slots/s of CPU; ${peakMemory()}`,
  );
}

/** Of the process so far, as the kernel counts it (RSS). */
function peakMemory(): string {
  return `peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`;
}

function printLate({ bare, recomputed, whole }: LateTimes): void {
  const base = quantile(bare, 0.5);
  const row = (times: readonly number[]) => ({
    "p50 ms": round(quantile(times, 0.5)),
    "p99 ms": round(quantile(times, 0.99)),
    "p50 ratio": round(quantile(times, 0.5) / base),
    n: times.length,
  });
  console.table({
    "bare commits of its rows (baseline)": row(bare),
    "from its row to the half-day, committed and told": row(recomputed),
    "from the reader's batch to the same": row(whole),
  });
  console.log(`with the database of late punches: ${peakMemory()}`);
}
