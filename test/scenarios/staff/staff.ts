/**
 * A simulated year of staff: register, papers and punches go into a real database, and every day, every counter and every name on the
 * eligibility ledger is compared with the simulator's own ledger.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AttendanceDesk } from "../../../collector/attendance-desk/desk.ts";
import { monthSheet, yearTable } from "../../../collector/attendance-desk/views.ts";
import { createCalendar } from "../../../collector/calendar/calendar.ts";
import { DEFAULT_COMPLIANCE_SETTINGS } from "../../../collector/compliance/settings.ts";
import { createProjector } from "../../../collector/projections/runner.ts";
import type { AttendanceDecision } from "../../../collector/registry/attendance-decisions.ts";
import { openStore } from "../../../collector/store/open-store.ts";
import type { RecordGroup, Store } from "../../../collector/store/port.ts";
import { openSqlite3Driver } from "../../../collector/store/sqlite3-driver.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { type LedgerEntry, type StaffYear, simulateStaffYear } from "../../../simulators/staff/staff-year.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const YEAR = 2026;
const SOURCE = "reader-staff";
const ROWS_AT_ONCE = 2000;

export interface StaffScenario {
  people: number;
  seed: number;
}

export interface StaffOutcome extends StaffScenario {
  punches: number;
  papers: number;
  slots: number;
  /** What differs from the ledger; empty when all is equal. */
  differences: string[];
  disqualified: number;
  seconds: number;
}

export async function run({ people, seed }: StaffScenario): Promise<StaffOutcome> {
  const startedAt = performance.now();
  const folder = await mkdtemp(join(tmpdir(), "dianmao-staff-"));
  const clock = new VirtualClock(Date.parse(`${YEAR + 1}-01-20T01:00:00.000Z`));
  const store = await openStore({ path: join(folder, "staff.db"), driver: openSqlite3Driver, clock, log: SILENT_LOG });
  try {
    const calendar = createCalendar();
    const workdays = datesOfYear().filter((date) => calendar.isWorkingDay(date));
    const year = simulateStaffYear({ people, seed, workdays });
    await fill(store, year, clock);
    const projector = createProjector({
      store,
      clock,
      log: SILENT_LOG,
      settings: DEFAULT_COMPLIANCE_SETTINGS,
      calendar,
    });
    await projector.catchUp();
    const desk = new AttendanceDesk({ store, zone: "Asia/Shanghai", calendar, now: () => clock.now() });
    const { differences, disqualified, slots } = await compare(desk, year);
    await projector.stop();
    const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
    return {
      people,
      seed,
      punches: year.punches.length,
      papers: year.evidence.length,
      slots,
      differences,
      disqualified,
      seconds,
    };
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(store: Store, { evidence, punches }: StaffYear, clock: VirtualClock): Promise<void> {
  const started: AttendanceDecision = { kind: "attendance.started", body: { date: `${YEAR}-01-01`, by: "scenario" } };
  const rows = evidence.map(({ kind, body }) => ({ kind, body: { ...body, by: "scenario" } }) as AttendanceDecision);
  await store.appendDecisions([started]);
  for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) await store.appendDecisions(rows.slice(at, at + ROWS_AT_ONCE));
  await store.write(async (tx) => {
    const source = { name: SOURCE, site: "hall", kind: "reader" as const, simulated: 1, state: "enrolled" as const };
    await tx
      .insertInto("source")
      .values({ ...source, hostname: SOURCE, fingerprint: "[]", created_at: 0 })
      .execute();
  });
  const ordinals = new Map<string, number>();
  for (let at = 0; at < punches.length; at += ROWS_AT_ONCE) {
    await store.commitGroups([groupOf(punches.slice(at, at + ROWS_AT_ONCE), at, ordinals, clock.now())]);
  }
}

function groupOf(
  punches: StaffYear["punches"],
  before: number,
  ordinals: Map<string, number>,
  now: number,
): RecordGroup {
  return {
    source: SOURCE,
    site: "hall",
    epoch: "00000000000000cc",
    expected: before,
    first: before + 1,
    count: punches.length,
    receivedAt: now,
    address: null,
    offsetMs: null,
    quarantined: [],
    records: punches.map(({ user, at }, index) => {
      const key = `${user}|${at}`;
      const ordinal = ordinals.get(key) ?? 0;
      ordinals.set(key, ordinal + 1);
      const time = Date.parse(`${at}+08:00`);
      const body = {
        clock: "STAFF",
        device: 1,
        user,
        deviceTime: at,
        offsetMs: 0,
        readAt: new Date(time).toISOString(),
        verification: ["finger"],
        type: 0,
        workCode: 0,
        ordinal,
        via: "log",
        raw: "00",
      };
      return { seq: before + index + 1, kind: "punch", at: time, body: JSON.stringify(body) };
    }),
  };
}

async function compare(desk: AttendanceDesk, { ledger }: StaffYear) {
  const differences: string[] = [];
  const byPerson = new Map(ledger.map((entry) => [entry.person, entry]));
  let slots = 0;
  for (let month = 1; month <= 12; month++) {
    const sheet = await monthSheet(desk, `${YEAR}-${String(month).padStart(2, "0")}`, {});
    for (const { person, days } of sheet.rows) {
      for (const { date, am, pm } of days) {
        const [morning, afternoon] = byPerson.get(person)?.days[date] ?? ["rest", "rest"];
        slots += 2;
        if (am.status !== morning) differences.push(`${person} ${date} am: ${am.status}, in the ledger ${morning}`);
        if (pm.status !== afternoon) differences.push(`${person} ${date} pm: ${pm.status}, in the ledger ${afternoon}`);
      }
    }
  }
  const table = await yearTable(desk, YEAR, {});
  for (const { person, counters, disqualified } of table) {
    const entry = byPerson.get(person) as LedgerEntry;
    for (const key of COUNTERS) {
      if (counters[key] !== entry[key])
        differences.push(`${person} ${key}: ${counters[key]}, in the ledger ${entry[key]}`);
    }
    if (disqualified !== isLost(entry))
      differences.push(`${person}: disqualified ${disqualified}, by the ledger ${isLost(entry)}`);
  }
  if (table.length !== ledger.length) differences.push(`${table.length} people, in the ledger ${ledger.length}`);
  return { differences, slots, disqualified: table.filter(({ disqualified }) => disqualified).length };
}

const COUNTERS = [
  "late",
  "early",
  "sickDays",
  "personalDays",
  "annualDays",
  "officialDays",
  "absentDays",
  "meetings",
] as const;

/** KQ 7, by the ledger's own numbers. */
function isLost({ late, early, sickDays, personalDays, absentDays }: LedgerEntry): boolean {
  return late + early >= 15 || sickDays + personalDays > 15 || absentDays > 3;
}

function datesOfYear(): string[] {
  const first = Date.UTC(YEAR, 0, 1);
  const days = (Date.UTC(YEAR + 1, 0, 1) - first) / 86_400_000;
  return Array.from({ length: days }, (_, index) => new Date(first + index * 86_400_000).toISOString().slice(0, 10));
}
