/**
 * Late punches one by one, among many people: from the batch of the reader, and from the punch's row in the projections, to the recomputed
 * half-days, committed and told; beside bare commits of the same rows.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AttendanceDesk } from "../../collector/attendance-desk/desk.ts";
import { AttendanceLive } from "../../collector/attendance-desk/live.ts";
import { createCalendar } from "../../collector/calendar/calendar.ts";
import { DEFAULT_COMPLIANCE_SETTINGS } from "../../collector/compliance/settings.ts";
import { createProjector } from "../../collector/projections/runner.ts";
import { migrate } from "../../collector/store/migrate.ts";
import { openStore } from "../../collector/store/open-store.ts";
import type { Store } from "../../collector/store/port.ts";
import { openSqlite3Driver } from "../../collector/store/sqlite3-driver.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { punchGroup, READER, register, site, ZONE } from "../support/attendance-site.ts";

const log = SILENT_LOG;
const ROWS_AT_ONCE = 1000;
/** Of the first punches the code is not compiled yet, and no cache is filled. */
const WARM_UP = 50;

/** Ms of each late punch. */
export interface LateTimes {
  /** The same rows in as many transactions, without anything being read or computed. */
  bare: number[];
  /** From the punch's row in the projections. */
  recomputed: number[];
  /** From the batch as it comes from the intake. */
  whole: number[];
}

/** `count` late punches, each of another of the `people`, all of whom have punched on that day already. */
export async function latePunches(people: number, count: number): Promise<LateTimes> {
  const folder = await mkdtemp(join(tmpdir(), "dianmao-late-"));
  try {
    const times = await measure(join(folder, "bench.db"), people, Math.min(people, count + WARM_UP));
    return { ...times, bare: await bareCommits(join(folder, "bare.db"), count) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function measure(path: string, people: number, count: number): Promise<Omit<LateTimes, "bare">> {
  const clock = clockFrom(site("2026-03-04 10:00:00"));
  const store = await openStore({ path, driver: openSqlite3Driver, clock, log });
  try {
    await fill(store, people, clock);
    const calendar = createCalendar();
    const projector = createProjector({ store, clock, log, settings: DEFAULT_COMPLIANCE_SETTINGS, calendar });
    const desk = new AttendanceDesk({ store, zone: ZONE, calendar, now: () => clock.now() });
    let told = 0;
    const tell = (changes: readonly unknown[]) => {
      told += changes.length;
    };
    const live = new AttendanceLive({ store, desk, clock, log, tell });
    await projector.catchUp();
    await live.start();
    told = 0;
    let projectedAt = 0;
    projector.onChange((changes) => {
      projectedAt = performance.now();
      live.offer(changes);
    });
    const times: Omit<LateTimes, "bare"> = { recomputed: [], whole: [] };
    for (let number = 1; number <= count; number++) {
      const group = punchGroup(people + number, String(number), "2026-03-02 08:40:00", clock.now());
      const startedAt = performance.now();
      await store.commitGroups([group]);
      await projector.catchUp();
      await live.idle();
      times.recomputed.push(performance.now() - projectedAt);
      times.whole.push(performance.now() - startedAt);
    }
    await live.stop();
    if (told !== count) throw new Error(`${told} of ${count} late punches changed a status`);
    return { recomputed: times.recomputed.slice(WARM_UP), whole: times.whole.slice(WARM_UP) };
  } finally {
    await store.close();
  }
}

/** The register, and everybody's departure on the day that the late punches are about. */
async function fill(store: Store, people: number, clock: Clock): Promise<void> {
  const source = { name: READER, site: "hall", kind: "reader" as const, simulated: 0, state: "enrolled" as const };
  const row = { ...source, hostname: READER, fingerprint: "[]", created_at: 0 };
  await store.write((tx) => tx.insertInto("source").values(row).execute());
  const persons = Array.from({ length: people }, (_, index) => String(index + 1));
  await store.appendDecisions([{ kind: "attendance.started", body: { date: "2026-03-02", by: "bench" } }]);
  for (let at = 0; at < people; at += ROWS_AT_ONCE) {
    const some = persons.slice(at, at + ROWS_AT_ONCE);
    await store.appendDecisions(some.map((person) => register(person, person, person)));
    await store.commitGroups(
      some.map((person) => punchGroup(Number(person), person, "2026-03-02 17:10:00", clock.now())),
    );
  }
}

/** The system's clock, as if it were that moment now: timers and checkpoints run as they do in the hall. */
function clockFrom(now: number): Clock {
  const ahead = now - SYSTEM_CLOCK.now();
  return { ...SYSTEM_CLOCK, now: () => SYSTEM_CLOCK.now() + ahead };
}

const BARE_TRANSACTIONS = [
  [
    `insert into record (mark_id, seq, kind, at, received_at, committed_at, body) values (1, ?, 'punch', 1, 1, 1, '{"raw":"00"}')`,
  ],
  [
    `insert into punch (record_id, source_id, clock, device, user, device_time, at, read_at, verification, type, work_code, ordinal, via, state)
     values (1, 1, 'C1', 1, ?, '2026-03-02T08:40:00', 1, 1, '["finger"]', 0, 0, 0, 'live', 'accepted')`,
    "insert into change (at, type, key) values (1, 'punch', ?)",
    "insert or replace into cursor (name, record_id, horizon) values ('projections', ?, 1)",
  ],
  [
    `insert into attendance_day (person, date, name, unit, am, pm)
     values (?, '2026-03-02', 'name', 'unit', 'normal', 'normal')`,
    "insert into change (at, type, key) values (1, 'attendance', ?)",
  ],
];

/** What the disk and the binding alone cost. */
async function bareCommits(path: string, count: number): Promise<number[]> {
  const driver = await openSqlite3Driver({ path, mode: "write", busyTimeoutMs: 0 });
  try {
    await driver.query("pragma journal_mode = wal");
    await driver.query("pragma synchronous = full");
    await migrate(driver, { now: () => 0, log });
    const times: number[] = [];
    for (let number = 1; number <= count + WARM_UP; number++) {
      const startedAt = performance.now();
      for (const statements of BARE_TRANSACTIONS) {
        await driver.query("begin immediate");
        for (const statement of statements) await driver.query(statement, [number]);
        await driver.query("commit");
      }
      times.push(performance.now() - startedAt);
    }
    return times.slice(WARM_UP);
  } finally {
    await driver.close();
  }
}
