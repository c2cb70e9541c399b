/**
 * `npm run bench -- attendance [--people 10000] [--database 1000]`: a year of everybody's punches evaluated slot by slot, with memory, beside
 * the time that only generating the same punches takes; the year's table of fewer people from a database; late punches one by one.
 */
import { parseArgs } from "node:util";
import { countYear } from "../../collector/attendance/counters.ts";
import type { PersonFacts } from "../../collector/attendance/facts.ts";
import { evaluatePerson } from "../../collector/attendance/person.ts";
import { DEFAULT_SETTINGS } from "../../collector/attendance/settings.ts";
import { type SiteTime, siteTime } from "../../collector/attendance/site-time.ts";
import { type LateTimes, latePunches } from "./attendance-late.ts";
import { punchesOf, workdays, YEAR } from "./attendance-punches.ts";
import { yearFromDatabase } from "./attendance-year.ts";
import { quantile, round } from "./figures.ts";

const FIRST = YEAR[0] as number;
const LAST = YEAR.at(-1) as number;
const LATE_PUNCHES = 500;

export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { people: { type: "string", default: "10000" }, database: { type: "string", default: "1000" } },
  });
  const people = Number(values.people);
  const time = siteTime("Asia/Shanghai");
  const generated = await measure(() => {
    let punches = 0;
    for (let person = 0; person < people; person++) punches += punchesOf(person, time).length;
    return { punches, slots: 0, late: 0 };
  });
  const evaluated = await measure(() => evaluateAll(people, time));
  print(people, generated, evaluated);
  const fromDatabase = Math.min(people, Number(values.database));
  const table = await yearFromDatabase(fromDatabase, (work) => measure(async () => ({ rows: await work() })));
  console.log(
    `the year's table of ${table.rows} people from the database: ${round(table.wall)} s, ${round(table.cpu)} s of CPU; ${peakMemory()}`,
  );
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

/** Both times in seconds; `cpu` is what all threads of this process used, whatever else the machine does. */
interface Spent {
  wall: number;
  cpu: number;
}

async function measure<T extends object>(work: () => T | Promise<T>): Promise<T & Spent> {
  const [start, cpuBefore] = [performance.now(), process.cpuUsage()];
  const result = await work();
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
