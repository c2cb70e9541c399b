import { afterEach, beforeEach, expect, test } from "vitest";
import { AttendanceDesk } from "../../../collector/attendance-desk/desk.ts";
import { AttendanceLive } from "../../../collector/attendance-desk/live.ts";
import { createCalendar } from "../../../collector/calendar/calendar.ts";
import { DEFAULT_COMPLIANCE_SETTINGS } from "../../../collector/compliance/settings.ts";
import { describeChange } from "../../../collector/console/queries/changes.ts";
import type { NumberedChange } from "../../../collector/projections/flush.ts";
import { createProjector, type Projector } from "../../../collector/projections/runner.ts";
import type { Store } from "../../../collector/store/port.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { punchGroup, READER, register, site, ZONE } from "../../support/attendance-site.ts";
import { addSource, openTestStore } from "../../support/test-store.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

let clock: VirtualClock;
let store: Store;
let projector: Projector;
let live: AttendanceLive;
let told: NumberedChange[];
let number: number;

beforeEach(async () => {
  clock = new VirtualClock(site("2026-03-02 07:00:00"));
  store = await openTestStore({ clock });
  await addSource(store, READER, "reader");
  number = 0;
  told = [];
  const settings = DEFAULT_COMPLIANCE_SETTINGS;
  projector = createProjector({ store, clock, log: SILENT_LOG, settings, calendar: createCalendar() });
  await store.appendDecisions([
    { kind: "attendance.started", body: { date: "2026-03-02", by: "test" } },
    register("0012", "张㛃", "12"),
    register("0013", "李䶮", "13"),
  ]);
  live = createLive();
  projector.onChange((changes) => live.offer(changes));
  await live.start();
  told = [];
});

afterEach(() => live.stop());

function createLive(): AttendanceLive {
  const desk = new AttendanceDesk({ store, zone: ZONE, calendar: createCalendar(), now: () => clock.now() });
  return new AttendanceLive({ store, desk, clock, log: SILENT_LOG, tell: (changes) => told.push(...changes) });
}

async function punch(user: string, at: string): Promise<void> {
  number++;
  await store.commitGroups([punchGroup(number, user, at, clock.now())]);
  await projector.catchUp();
  await live.idle();
}

async function travel(to: string): Promise<void> {
  await clock.advance(site(to) - clock.now());
  await live.idle();
}

const events = () => Promise.all(told.map((change) => describeChange({ store, zone: ZONE }, change)));
const table = () => store.read.selectFrom("attendance_day").selectAll().orderBy("date").orderBy("person").execute();

test("tells the changed half-day of whoever punched, and of nobody else", async () => {
  await travel("2026-03-02 08:55:01");
  await punch("12", "2026-03-02 08:55:00");
  expect(await events()).toEqual([
    { person: "0012", name: "张㛃", unit: "社保窗口", date: "2026-03-02", am: "normal", pm: "open" },
  ]);
});

test("says nothing when a second punch changes no status", async () => {
  await travel("2026-03-02 08:55:01");
  await punch("12", "2026-03-02 08:55:00");
  told = [];
  await punch("12", "2026-03-02 08:55:01");
  expect(told).toEqual([]);
});

test("tells at the deadline who has not come", async () => {
  await travel("2026-03-02 08:59:59");
  expect(told).toEqual([]);
  await travel("2026-03-02 18:00:01");
  expect(await events()).toContainEqual(expect.objectContaining({ person: "0013", am: "missing", pm: "missing" }));
});

test("a late punch changes the day to which it belongs", async () => {
  await travel("2026-03-04 10:00:00");
  told = [];
  await punch("13", "2026-03-02 08:40:00");
  expect(await events()).toEqual([
    expect.objectContaining({ person: "0013", date: "2026-03-02", am: "normal", pm: "missing" }),
  ]);
});

test("tells what a row of the centre changes", async () => {
  await store.appendDecisions([
    { kind: "calendar.day", body: { date: "2026-03-02", type: "restday", source: "notice", by: "test" } },
  ]);
  await expect.poll(events).toContainEqual(expect.objectContaining({ person: "0012", am: "rest", pm: "rest" }));
});

test("begins a day for everybody at midnight itself", async () => {
  await travel("2026-03-03 00:00:00");
  const begun = (await table()).filter(({ date }) => date === "2026-03-03").map(({ person, am }) => [person, am]);
  expect(begun).toEqual([
    ["0012", "open"],
    ["0013", "open"],
  ]);
});

test("computes the days of whom a row is about, and of nobody else", async () => {
  await travel("2026-03-04 10:00:00");
  await store.write((tx) => tx.updateTable("attendance_day").set({ am: "rest" }).execute());
  await store.appendDecisions([
    {
      kind: "attendance.explained",
      body: { id: "E1", person: "0012", date: "2026-03-02", half: "am", actualTime: "08:50:00", by: "test" },
    },
  ]);
  await live.follow();
  await live.idle();
  const mornings = (await table()).filter(({ date }) => date === "2026-03-02").map(({ person, am }) => [person, am]);
  expect(mornings).toEqual([
    ["0012", "missing"],
    ["0013", "rest"],
  ]);
});

test("a punch past midnight changes the day before, to which it belongs", async () => {
  await travel("2026-03-03 01:20:01");
  told = [];
  await punch("12", "2026-03-03 01:20:00");
  expect(await events()).toEqual([
    expect.objectContaining({ person: "0012", date: "2026-03-02", am: "missing", pm: "normal" }),
  ]);
});

test("numbers its changes after those of the projections", async () => {
  await travel("2026-03-02 09:04:11");
  told = [];
  const all: number[] = [];
  projector.onChange((changes) => all.push(...changes.map(({ id }) => id)));
  await punch("13", "2026-03-02 09:04:10");
  expect(Math.min(...told.map(({ id }) => id))).toBeGreaterThan(Math.max(...all));
});

test("an empty table is filled to what the punches had made of it one by one", async () => {
  for (const day of ["2026-03-02", "2026-03-03", "2026-03-04"]) {
    await travel(`${day} 08:50:01`);
    await punch("12", `${day} 08:50:00`);
    await travel(`${day} 17:10:01`);
    await punch("12", `${day} 17:10:00`);
    await punch("13", `${day} 09:20:00`);
  }
  const incremental = await table();
  await live.stop();
  await store.write((tx) => tx.deleteFrom("attendance_day").execute());
  live = createLive();
  await live.start();
  expect(await table()).toEqual(incremental);
  expect(incremental.filter(({ am }) => am === "late")).toHaveLength(3);
});
