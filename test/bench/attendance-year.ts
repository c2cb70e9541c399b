/** The year's table as the console makes it: everybody's punches read from a database, evaluated, counted. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { siteTime } from "../../collector/attendance/site-time.ts";
import { AttendanceDesk } from "../../collector/attendance-desk/desk.ts";
import { yearTable } from "../../collector/attendance-desk/views.ts";
import { createCalendar } from "../../collector/calendar/calendar.ts";
import { PUNCH } from "../../collector/projections/tables.ts";
import { insertNewRows, insertRows, type Target } from "../../collector/store/bulk.ts";
import { openStore } from "../../collector/store/open-store.ts";
import type { Store } from "../../collector/store/port.ts";
import { openSqlite3Driver } from "../../collector/store/sqlite3-driver.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import { punchGroup, READER, register, site, ZONE } from "../support/attendance-site.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { punchesOf } from "./attendance-punches.ts";

const YEAR = 2026;
const RECORD: Target = {
  table: "record",
  key: ["id"],
  columns: ["id", "mark_id", "seq", "kind", "at", "received_at", "committed_at", "body"],
};

/** `measure` is given the making of the table, which resolves to the people in it. */
export async function yearFromDatabase<Spent>(
  people: number,
  measure: (work: () => Promise<number>) => Promise<Spent>,
): Promise<Spent> {
  const folder = await mkdtemp(join(tmpdir(), "dianmao-year-"));
  const clock = new VirtualClock(site("2027-01-30 09:00:00"));
  const store = await openStore({ path: join(folder, "bench.db"), driver: openSqlite3Driver, clock, log: SILENT_LOG });
  try {
    await fill(store, people);
    const desk = new AttendanceDesk({ store, zone: ZONE, calendar: createCalendar(), now: () => clock.now() });
    return await measure(async () => (await yearTable(desk, YEAR, {})).length);
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Punches as rows of the projections with their records, person by person. */
async function fill(store: Store, people: number): Promise<void> {
  const source = { name: READER, site: "hall", kind: "reader" as const, simulated: 0, state: "enrolled" as const };
  const row = { ...source, hostname: READER, fingerprint: "[]", created_at: 0 };
  await store.write((tx) => tx.insertInto("source").values(row).execute());
  await store.commitGroups([punchGroup(1, "nobody", `${YEAR}-01-01 08:00:00`, 0)]);
  await store.appendDecisions([
    { kind: "attendance.started", body: { date: `${YEAR}-01-01`, by: "bench" } },
    ...Array.from({ length: people }, (_, person) => register(`P${person}`, `P${person}`, String(person))),
  ]);
  const { mark, reader } = await store.read
    .selectFrom("mark")
    .innerJoin("source", "source.id", "mark.source_id")
    .where("source.name", "=", READER)
    .select(["mark.id as mark", "source.id as reader"])
    .executeTakeFirstOrThrow();
  const time = siteTime(ZONE);
  let id = people + 10;
  for (let person = 0; person < people; person++) {
    const rows = punchesOf(person, time).map(({ at, receivedAt }) =>
      rowsOf(id++, { mark, reader, person, at, receivedAt }),
    );
    await store.write(async (tx) => {
      await insertRows(
        tx,
        RECORD,
        rows.map(({ record }) => record),
      );
      await insertNewRows(
        tx,
        PUNCH,
        rows.map(({ punch }) => punch),
      );
    });
  }
}

interface MadePunch {
  mark: number;
  reader: number;
  person: number;
  at: number;
  receivedAt: number;
}

function rowsOf(id: number, { mark, reader, person, at, receivedAt }: MadePunch) {
  const received = { received_at: receivedAt, committed_at: receivedAt };
  return {
    record: { id, mark_id: mark, seq: id, kind: "punch", at, ...received, body: "{}" },
    punch: {
      id,
      record_id: id,
      source_id: reader,
      clock: "C1",
      device: 1,
      user: String(person),
      device_time: String(at),
      at,
      read_at: receivedAt,
      offset_ms: 0,
      verification: "[]",
      type: 0,
      work_code: 0,
      ordinal: 0,
      via: "log",
      state: "accepted",
      doubt: null,
    },
  };
}
