/** One late punch: from its row in the projections to the recomputed half-day, committed and told. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AttendanceDesk } from "../../collector/attendance-desk/desk.ts";
import { AttendanceLive } from "../../collector/attendance-desk/live.ts";
import { createCalendar } from "../../collector/calendar/calendar.ts";
import { DEFAULT_COMPLIANCE_SETTINGS } from "../../collector/compliance/settings.ts";
import { createProjector } from "../../collector/projections/runner.ts";
import { openStore } from "../../collector/store/open-store.ts";
import type { Store } from "../../collector/store/port.ts";
import { openSqlite3Driver } from "../../collector/store/sqlite3-driver.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import { VirtualClock } from "../support/virtual-clock.ts";

const log = SILENT_LOG;
const zone = "Asia/Shanghai";

/** Ms of each of `count` late punches, each of another of so many people. */
export async function latePunches(count: number): Promise<number[]> {
  const folder = await mkdtemp(join(tmpdir(), "dianmao-late-"));
  const clock = new VirtualClock(Date.parse("2026-03-04T02:00:00Z"));
  const store = await openStore({ path: join(folder, "bench.db"), driver: openSqlite3Driver, clock, log });
  try {
    await addReader(store);
    await store.appendDecisions([
      { kind: "attendance.started", body: { date: "2026-03-02", by: "bench" } },
      ...Array.from({ length: count }, (_, index) => register(String(index + 1))),
    ]);
    const calendar = createCalendar();
    const projector = createProjector({ store, clock, log, settings: DEFAULT_COMPLIANCE_SETTINGS, calendar });
    const desk = new AttendanceDesk({ store, zone, calendar, now: () => clock.now() });
    let told = 0;
    const live = new AttendanceLive({
      store,
      desk,
      clock,
      log,
      tell: (changes) => {
        told += changes.length;
      },
    });
    const times: number[] = [];
    await live.start();
    told = 0;
    let startedAt = 0;
    projector.onChange((changes) => {
      startedAt = performance.now();
      live.offer(changes);
    });
    for (let number = 1; number <= count; number++) {
      await store.commitGroups([latePunch(number, clock.now())]);
      await projector.catchUp();
      await live.idle();
      times.push(performance.now() - startedAt);
    }
    await live.stop();
    if (told !== count) throw new Error(`${told} of ${count} late punches changed a status`);
    return times;
  } finally {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Enrols a reader by its row alone. */
async function addReader(store: Store): Promise<void> {
  const source = { name: "reader-1", site: "hall", kind: "reader" as const, simulated: 0, state: "enrolled" as const };
  const row = { ...source, hostname: "reader-1", fingerprint: "[]", created_at: 0 };
  await store.write((tx) => tx.insertInto("source").values(row).execute());
}

function register(person: string) {
  const users = [{ clock: "*", user: person }];
  const entry = { person, name: person, unit: "bench", kind: "window" as const, from: "2026-01-01", to: null };
  return { kind: "staff.registered" as const, body: { ...entry, users, by: "bench" } };
}

function latePunch(number: number, receivedAt: number) {
  const body = {
    clock: "C1",
    device: 1,
    user: String(number),
    deviceTime: "2026-03-02T08:40:00",
    offsetMs: 0,
    readAt: new Date(receivedAt).toISOString(),
    verification: ["finger"],
    type: 0,
    workCode: 0,
    ordinal: 0,
    via: "live",
    raw: "00",
  };
  const at = Date.parse("2026-03-02T00:40:00Z");
  const range = { epoch: "00000000000000aa", expected: number - 1, first: number, count: 1 };
  const from = { source: "reader-1", site: "hall", address: null, offsetMs: null, receivedAt };
  return {
    ...from,
    ...range,
    records: [{ seq: number, kind: "punch", at, body: JSON.stringify(body) }],
    quarantined: [],
  };
}
