import { beforeEach, describe, expect, test } from "vitest";
import { AttendanceDesk } from "../../../collector/attendance-desk/desk.ts";
import { personSheet } from "../../../collector/attendance-desk/person-view.ts";
import { dayList, monthSheet, yearTable } from "../../../collector/attendance-desk/views.ts";
import { createCalendar } from "../../../collector/calendar/calendar.ts";
import { DEFAULT_COMPLIANCE_SETTINGS } from "../../../collector/compliance/settings.ts";
import { createProjector, type Projector } from "../../../collector/projections/runner.ts";
import type { AttendanceDecision } from "../../../collector/registry/attendance-decisions.ts";
import type { Store } from "../../../collector/store/port.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { iso, punchGroup, READER, register, site, ZONE } from "../../support/attendance-site.ts";
import { addSource, openTestStore } from "../../support/test-store.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

let clock: VirtualClock;
let store: Store;
let projector: Projector;
let desk: AttendanceDesk;
let number: number;

beforeEach(async () => {
  clock = new VirtualClock(site("2026-03-02 07:00:00"));
  store = await openTestStore({ clock });
  await addSource(store, READER, "reader");
  number = 0;
  projector = createProjector({
    store,
    clock,
    log: SILENT_LOG,
    settings: DEFAULT_COMPLIANCE_SETTINGS,
    calendar: createCalendar(),
  });
  desk = new AttendanceDesk({ store, zone: ZONE, calendar: createCalendar(), now: () => clock.now() });
  await enter(
    { kind: "attendance.started", body: { date: "2026-03-02", by: "test" } },
    register("0012", "张㛃", "12"),
    register("0013", "李䶮", "13", { kind: "window_head" }),
  );
});

async function enter(...decisions: AttendanceDecision[]): Promise<void> {
  await store.appendDecisions(decisions);
}

/** Travels to the moment and commits a punch of that time there and then, or one that was made earlier. */
async function punch(user: string, at: string, committedAt = at): Promise<void> {
  await travel(committedAt);
  number++;
  await store.commitGroups([punchGroup(number, user, at, clock.now())]);
  await projector.catchUp();
}

async function travel(to: string): Promise<void> {
  await clock.advance(Math.max(0, site(to) - clock.now()));
}

describe("the attendance desk", () => {
  test("shows who is here by unit as the punches come", async () => {
    await punch("12", "2026-03-02 08:55:00");
    await punch("13", "2026-03-02 09:04:10");

    expect((await dayList(desk, "2026-03-02", {})).units).toEqual([
      { unit: "社保窗口", expected: 2, arrived: 2, late: 1, missing: 0, onLeave: 0 },
    ]);
    const [first, second] = (await dayList(desk, "2026-03-02", {})).people;
    expect([first?.am.status, first?.am.time, second?.am.status, second?.am.time]).toEqual([
      "normal",
      "08:55:00",
      "late",
      "09:04:10",
    ]);
    expect(second?.am).toMatchObject({ article: "KQ 1(一)", evidence: [expect.stringMatching(/^punch-\d+$/)] });
  });

  test("reproduces yesterday's print-out: what came later does not exist as of then", async () => {
    await travel("2026-03-02 19:00:00");
    const before = await personSheet(desk, "0012", { from: "2026-03-02", to: "2026-03-02" });
    expect(before.days[0]?.am.status).toBe("missing");
    const printedAt = clock.now();

    await punch("12", "2026-03-02 08:50:00", "2026-03-03 10:00:00");
    await punch("12", "2026-03-02 17:10:00", "2026-03-03 10:00:01");
    const now = await personSheet(desk, "0012", { from: "2026-03-02", to: "2026-03-02" });
    expect([now.days[0]?.am.status, now.days[0]?.pm.status]).toEqual(["normal", "normal"]);
    expect(await personSheet(desk, "0012", { from: "2026-03-02", to: "2026-03-02", asOf: printedAt })).toEqual(before);
  });

  test("counts a punch of a clock that had lost its time from when an officer said when it was made, until he says otherwise", async () => {
    await punch("12", "2000-01-01 00:00:30", "2026-03-02 08:55:00");
    await travel("2026-03-02 10:00:00");
    const [row] = await store.read.selectFrom("punch").select("id").execute();
    const decided = { punch: row?.id ?? 0, by: "test", reason: "停电后时钟归零" };
    const am = async (asOf?: number) => (await dayList(desk, "2026-03-02", { person: "0012", asOf })).people[0]?.am;
    const undecided = clock.now();
    expect((await am())?.status).toBe("missing");

    await travel("2026-03-02 11:00:00");
    const body = { ...decided, at: iso("2026-03-02 08:54:40"), basis: "offset" as const, measured: null };
    const [accepted = 0] = await store.appendDecisions([{ kind: "punch.accepted", body }]);
    await projector.catchUp();
    const evidence = [`punch-${row?.id}`, `decision-${accepted}`];
    expect(await am()).toMatchObject({ status: "normal", time: "08:54:40", evidence });
    const between = clock.now();

    await travel("2026-03-02 12:00:00");
    await store.appendDecisions([{ kind: "punch.rejected", body: decided }]);
    await projector.catchUp();
    expect((await am())?.status).toBe("missing");
    expect(await am(between)).toMatchObject({ status: "normal", evidence });
    expect((await am(undecided))?.status).toBe("missing");
  });

  test("takes applications, approvals and confirmations as rows, each known from when it was entered", async () => {
    await travel("2026-03-02 08:00:00");
    await enter({
      kind: "attendance.requested",
      body: {
        id: "R1",
        person: "0012",
        type: "official",
        fromDate: "2026-03-02",
        fromHalf: "am",
        toDate: "2026-03-02",
        toHalf: "am",
        appliedAt: iso("2026-03-01 15:00:00"),
        by: "test",
      },
    });
    await travel("2026-03-02 10:00:00");
    const unapproved = clock.now();
    await travel("2026-03-02 11:00:00");
    await enter({
      kind: "attendance.approved",
      body: {
        request: "R1",
        role: "window_head",
        approver: "0013",
        result: "approve",
        at: iso("2026-03-02 10:30:00"),
        by: "test",
      },
    });
    await travel("2026-03-02 11:01:00");

    const am = async (asOf?: number) => (await dayList(desk, "2026-03-02", { person: "0012", asOf })).people[0]?.am;
    expect(await am()).toMatchObject({ status: "official", article: "KQ 2(一)", evidence: ["R1"] });
    expect(await am(unapproved)).toMatchObject({ status: "missing" });
  });

  test("judges nobody for days before attendance began", async () => {
    await travel("2026-03-20 09:00:00");
    const { days } = await personSheet(desk, "0012", { from: "2026-02-26", to: "2026-03-03" });
    expect(days.map(({ am }) => am.status)).toEqual(["na", "na", "na", "na", "absent", "absent"]);
  });

  test("follows a local notice and a year's table entered later", async () => {
    await travel("2026-03-20 09:00:00");
    await enter({ kind: "calendar.day", body: { date: "2026-03-03", type: "restday", source: "局通知", by: "test" } });
    const { days } = await personSheet(desk, "0012", { from: "2026-03-02", to: "2026-03-03" });
    expect(days.map(({ dayType }) => dayType)).toEqual(["workday", "restday"]);
  });

  test("keeps a locked month as it was; what comes later shows in what is not locked", async () => {
    await punch("12", "2026-03-02 08:55:00");
    await punch("12", "2026-03-02 17:05:00");
    await travel("2026-04-01 09:00:00");
    await enter({ kind: "attendance.month-locked", body: { month: "2026-03", unit: "社保窗口", by: "test" } });
    const locked = await monthSheet(desk, "2026-03", {});
    await punch("13", "2026-03-02 08:58:00", "2026-04-02 09:00:00");

    expect((await monthSheet(desk, "2026-03", {})).rows).toEqual(locked.rows);
    expect((await personSheet(desk, "0013", { from: "2026-03-02", to: "2026-03-02" })).days[0]?.am.status).toBe(
      "normal",
    );
  });

  test("shows each locked unit as of its own lock, whatever their order", async () => {
    await enter(
      register("0014", "𬭚某", "14", { unit: "税务窗口" }),
      register("0015", "王某", "15", { unit: "医保窗口" }),
    );
    await travel("2026-04-01 09:00:00");
    const lock = (unit: string) =>
      enter({ kind: "attendance.month-locked", body: { month: "2026-03", unit, by: "t" } });
    const notice = (date: string) =>
      enter({ kind: "calendar.day", body: { date, type: "restday", source: "局通知", by: "test" } });
    await lock("税务窗口");
    await travel("2026-04-01 10:00:00");
    await notice("2026-03-03");
    await travel("2026-04-01 11:00:00");
    await lock("医保窗口");
    await travel("2026-04-01 12:00:00");
    await notice("2026-03-04");

    const { rows, locked } = await monthSheet(desk, "2026-03", {});
    const types = rows.map(({ person, days }) => [person, ...days.slice(2, 4).map(({ dayType }) => dayType)]);
    expect(types).toEqual([
      ["0015", "restday", "workday"],
      ["0012", "restday", "restday"],
      ["0013", "restday", "restday"],
      ["0014", "workday", "workday"],
    ]);
    expect(locked).toEqual({ 医保窗口: iso("2026-04-01 11:00:00"), 税务窗口: iso("2026-04-01 09:00:00") });
  });

  test("gives a punch to whom the register names for that very clock, whoever is asked about", async () => {
    await enter({
      kind: "staff.registered",
      body: {
        person: "0020",
        name: "赵某",
        unit: "社保窗口",
        kind: "window",
        from: "2026-01-01",
        to: null,
        users: [{ clock: "C1", user: "12" }],
        by: "test",
      },
    });
    await punch("12", "2026-03-02 08:55:00");
    await travel("2026-03-02 09:30:00");
    const am = async (person: string) =>
      (await personSheet(desk, person, { from: "2026-03-02", to: "2026-03-02" })).days[0]?.am.status;
    expect([await am("0020"), await am("0012")]).toEqual(["normal", "missing"]);
  });

  test("lists for the year who lost the eligibility, by which clause and on which days", async () => {
    await travel("2026-03-20 09:00:00");
    const rows = await yearTable(desk, 2026, {});
    expect(rows[0]).toMatchObject({
      person: "0012",
      disqualified: true,
      reasons: [{ reason: "absent", article: "KQ 7(三)" }],
    });
    expect(rows[0]?.counters.absentDays).toBe((rows[0]?.evidence.length ?? 0) / 2);
  });

  test("counts nothing for a user id that nobody on the register has", async () => {
    await punch("999", "2026-03-02 08:55:00");
    await travel("2026-03-02 09:30:00");
    expect((await dayList(desk, "2026-03-02", {})).units[0]).toMatchObject({ arrived: 0, missing: 2 });
  });
});
