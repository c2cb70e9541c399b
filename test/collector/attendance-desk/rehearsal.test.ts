import { beforeEach, describe, expect, test } from "vitest";
import { type RehearsedPerson, rehearse } from "../../../collector/attendance-desk/rehearsal.ts";
import { dayList, yearTable } from "../../../collector/attendance-desk/views.ts";
import { totalsOf } from "../../../collector/cli/attendance-rehearse.ts";
import { DeskSite, type PunchMade, started } from "../../support/attendance-desk.ts";
import { register } from "../../support/attendance-site.ts";

let centre: DeskSite;
beforeEach(async () => {
  centre = await DeskSite.open(
    "2026-03-02 07:00:00",
    started("2026-03-02"),
    register("0012", "张㛃", "12"),
    register("0013", "李䶮", "13"),
    register("0021", "王某", "21", { unit: "税务窗口" }),
  );
});

/** Working days of March from the second on, so many. */
const WORKDAYS = [2, 3, 4, 5, 6, 9, 10, 11, 12, 13, 16, 17, 18, 19, 20].map(
  (day) => `2026-03-${String(day).padStart(2, "0")}`,
);

const day = (user: string, date: string, arrival: string, departure = "17:10:00"): PunchMade[] => [
  { user, at: `${date} ${arrival}` },
  { user, at: `${date} ${departure}` },
];

const march = (settings: object, more: object = {}) =>
  rehearse(centre.desk, { settings, from: "2026-03-02", to: "2026-03-31", limit: 50, ...more });

/** 0012 comes at 09:03 on fifteen days, 0013 and 0021 always in time. */
async function lateDays(): Promise<void> {
  await centre.travel("2026-03-21 09:00:00");
  for (const date of WORKDAYS)
    await centre.punch(...day("12", date, "09:03:00"), ...day("13", date, "08:50:00"), ...day("21", date, "08:55:00"));
}

describe("a rehearsal", () => {
  test("shows each half-day that would be another, the counters and the eligibility that follow", async () => {
    await lateDays();
    const { items, ...rest } = await march({ lateAfter: "09:05:00" });

    expect(rest).toEqual({ done: 3, total: 3, next: null });
    expect(items).toEqual<RehearsedPerson[]>([
      {
        person: "0012",
        name: "张㛃",
        unit: "社保窗口",
        kind: "window",
        slots: WORKDAYS.map((date) => ({ date, half: "am", before: "late", after: "normal" })),
        years: [
          {
            year: 2026,
            counters: [
              { counter: "late", before: 15, after: 0 },
              { counter: "lateEarly", before: 15, after: 0 },
            ],
            eligibility: { before: ["late_early"], after: [] },
          },
        ],
      },
    ]);
    expect(totalsOf({ people: 3, items })).toEqual({
      people: 3,
      changedPeople: 1,
      slots: { "late->normal": 15 },
      lost: 0,
      kept: 1,
    });
  });

  test("of the settings in force shows nothing", async () => {
    await lateDays();
    expect((await march({ lateAfter: "09:00:00", precision: "second" })).items).toEqual([]);
  });

  test("of other thresholds changes eligibility and no half-day", async () => {
    await lateDays();
    const { items } = await march({ thresholds: { lateEarlyAtLeast: 16 } });
    expect(items).toMatchObject([{ slots: [], years: [{ counters: [], eligibility: { after: [] } }] }]);
  });

  test("leaves days outside of its range as they are, and counts them in the year", async () => {
    await lateDays();
    const { items } = await march({ lateAfter: "09:05:00" }, { from: "2026-03-02", to: "2026-03-03" });
    expect(items[0]?.slots).toHaveLength(2);
    expect(items[0]?.years).toEqual([
      {
        year: 2026,
        counters: [
          { counter: "late", before: 15, after: 13 },
          { counter: "lateEarly", before: 15, after: 13 },
        ],
        eligibility: { before: ["late_early"], after: [] },
      },
    ]);
  });

  test("uses what was recorded: a strict window takes the punches before it away", async () => {
    await centre.travel("2026-03-02 17:20:00");
    await centre.punch(...day("12", "2026-03-02", "07:45:00"));
    const strict = { acceptOutsideWindow: false };
    const { items } = await march(strict, { to: "2026-03-02" });
    expect(items.flatMap(({ slots }) => slots)).toEqual([
      { date: "2026-03-02", half: "am", before: "normal", after: "missing" },
    ]);
  });

  test("lays what is rehearsed over the settings in force on each day", async () => {
    await centre.travel("2026-03-03 20:00:00");
    const changed = { key: "attendance.lateAfter", value: "08:30", by: "test", reason: "summer" };
    await centre.enter({ kind: "setting.changed", body: changed });
    await lateDays();
    // Already decided on the evening of the third: 0013 and 0021 are late from the fourth on, and half an hour of grace excuses them.
    const { items } = await march({ graceSeconds: 1800 }, { to: "2026-03-04" });
    expect(items.map(({ person, slots }) => [person, slots.map(({ date, after }) => `${date} ${after}`)])).toEqual([
      ["0012", ["2026-03-02 normal", "2026-03-03 normal"]],
      ["0013", ["2026-03-04 normal"]],
      ["0021", ["2026-03-04 normal"]],
    ]);
  });

  test("changes nothing that is recorded or shown", async () => {
    await lateDays();
    const shown = async () => [await yearTable(centre.desk, 2026, {}), await dayList(centre.desk, "2026-03-02", {})];
    const before = await shown();
    const records = await centre.store.read.selectFrom("record").select("id").execute();
    await march({ lateAfter: "09:05:00", thresholds: { lateEarlyAtLeast: 1 } });
    expect(await shown()).toEqual(before);
    expect(await centre.store.read.selectFrom("record").select("id").execute()).toEqual(records);
  });

  test("takes one unit only, and its people page by page, each once", async () => {
    await lateDays();
    const late = { lateAfter: "08:30:00" };
    expect((await march(late, { unit: "税务窗口" })).items.map(({ person }) => person)).toEqual(["0021"]);
    const people: string[] = [];
    for (let after: string | null = null, done = 1; done <= 3; done++) {
      const page = await march(late, { limit: 1, ...(after && { after }) });
      people.push(...page.items.map(({ person }) => person));
      expect([page.done, page.total, page.next === null]).toEqual([done, 3, done === 3]);
      after = page.next;
    }
    // 0012 is late either way.
    expect(people).toEqual(["0013", "0021"]);
  });

  test.each([
    ["2026-03-31", "2026-03-02"],
    ["2023-01-01", "2026-03-02"],
  ])("from %s to %s is refused", async (from, to) => {
    await expect(march({}, { from, to })).rejects.toMatchObject({ code: "bad-request" });
  });
});
