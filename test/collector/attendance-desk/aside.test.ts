import { beforeEach, describe, expect, test } from "vitest";
import type { AsidePunch } from "../../../collector/attendance-desk/aside.ts";
import { personSheet } from "../../../collector/attendance-desk/person-view.ts";
import { FOOTNOTES_MAX, linesOfAside } from "../../../collector/attendance-desk/sheets/aside.ts";
import { dayList } from "../../../collector/attendance-desk/views.ts";
import { DeskSite, started } from "../../support/attendance-desk.ts";
import { iso, register, site } from "../../support/attendance-site.ts";

const PUNCH: AsidePunch = {
  id: "punch-1",
  clock: "C1",
  user: "999",
  time: "2026-03-02T08:55:00",
  receivedAt: "2026-03-02T00:55:01.000Z",
  reason: "unmatched",
  person: null,
};

let centre: DeskSite;
beforeEach(async () => {
  centre = await DeskSite.open(
    "2026-03-02 07:00:00",
    started("2026-03-02"),
    register("0012", "张㛃", "12"),
    register("0021", "李䶮", "21", { unit: "税务窗口" }),
  );
});

const aside = async (date: string, selection = {}) => (await dayList(centre.desk, date, selection)).aside;

describe("punches from which nothing is concluded", () => {
  test("are counted and shown on their day, with the clock, the user id, the time and the reason", async () => {
    await centre.travel("2026-03-02 08:55:01");
    await centre.punch(
      { user: "12", at: "2026-03-02 08:54:00" },
      { user: "999", at: "2026-03-02 08:55:00", clock: "C2" },
      { user: "12", at: "2026-03-02 09:05:00" },
    );

    expect(await aside("2026-03-02")).toEqual({
      unmatched: 1,
      quarantined: 1,
      punches: [
        {
          id: expect.stringMatching(/^punch-\d+$/),
          clock: "C2",
          user: "999",
          time: "2026-03-02T08:55:00",
          receivedAt: iso("2026-03-02 08:55:01"),
          reason: "unmatched",
          person: null,
        },
        expect.objectContaining({ user: "12", time: "2026-03-02T09:05:00", reason: "future", person: "0012" }),
      ],
    });
  });

  test("count on the day on which they came, when their own date is absurd, and are judged for no slot", async () => {
    await centre.travel("2026-03-03 09:30:00");
    await centre.punch(
      { user: "12", at: "2000-01-01 00:00:07", doubt: "before-installation" },
      { user: "12", at: "2026-03-03 08:50:00", doubt: "impossible" },
      { user: "12", at: "2024-12-31 08:50:00" },
    );

    expect((await aside("2026-03-03")).punches.map(({ reason }) => reason)).toEqual([
      "before-installation",
      "impossible",
      "before-start",
    ]);
    expect(await aside("2026-03-02")).toEqual({ unmatched: 0, quarantined: 0, punches: [] });
    const { people } = await dayList(centre.desk, "2026-03-03", { person: "0012" });
    expect(people[0]?.am.status).toBe("missing");
  });

  test("are nobody's any more once the user id is on the register, and only as of then", async () => {
    await centre.travel("2026-03-02 08:55:00");
    await centre.punch({ user: "77", at: "2026-03-02 08:54:00" });
    await centre.travel("2026-03-02 10:00:00");
    await centre.enter(register("0077", "王某", "77"));
    await centre.travel("2026-03-02 11:00:00");

    expect((await aside("2026-03-02")).unmatched).toBe(0);
    expect((await aside("2026-03-02", { asOf: site("2026-03-02 09:00:00") })).unmatched).toBe(1);
    expect((await aside("2026-03-02", { asOf: site("2026-03-02 08:00:00") })).unmatched).toBe(0);
  });

  test("of a unit are those of its people, and those of nobody", async () => {
    await centre.travel("2026-03-02 08:00:00");
    await centre.punch(
      { user: "999", at: "2026-03-02 07:59:00" },
      { user: "12", at: "2026-03-02 08:50:00" },
      { user: "21", at: "2026-03-02 08:51:00" },
    );
    const users = async (selection: object) => (await aside("2026-03-02", selection)).punches.map(({ user }) => user);
    expect(await users({})).toEqual(["999", "12", "21"]);
    expect(await users({ unit: "税务窗口" })).toEqual(["999", "21"]);
    expect(await users({ person: "0012" })).toEqual(["12"]);
  });

  test("of a person are found over all the days asked for", async () => {
    await centre.travel("2026-03-02 08:00:00");
    await centre.punch({ user: "12", at: "2026-03-02 08:50:00" }, { user: "21", at: "2026-03-02 08:50:00" });
    await centre.travel("2026-03-04 08:00:00");
    await centre.punch({ user: "12", at: "2000-01-01 00:00:00", doubt: "before-installation" });

    const sheet = (from: string) => personSheet(centre.desk, "0012", { from, to: "2026-03-04" });
    expect((await sheet("2026-03-02")).aside).toMatchObject({ unmatched: 0, quarantined: 2 });
    expect((await sheet("2026-03-03")).aside).toMatchObject({ unmatched: 0, quarantined: 1 });
  });

  test("of a doubtful time are none any more once an officer has said when they were made, and only as of then", async () => {
    await centre.travel("2026-03-03 09:30:00");
    await centre.punch({ user: "12", at: "2000-01-01 00:00:07", doubt: "before-installation" });
    const [punch] = (await aside("2026-03-03")).punches;
    const number = Number(punch?.id.replace("punch-", ""));
    const time = { at: iso("2026-03-03 08:50:00"), basis: "officer" as const, measured: null };
    await centre.travel("2026-03-03 10:00:00");
    await centre.enter({ kind: "punch.accepted", body: { punch: number, ...time, by: "test", reason: "seen" } });
    await centre.travel("2026-03-03 11:00:00");

    expect((await aside("2026-03-03")).quarantined).toBe(0);
    expect((await dayList(centre.desk, "2026-03-03", { person: "0012" })).people[0]?.am.status).toBe("normal");
    expect((await aside("2026-03-03", { asOf: site("2026-03-03 09:45:00") })).quarantined).toBe(1);
  });

  test("on one clock are somebody's whose id it is on that clock, also in the list of whoever has it on all", async () => {
    const onC2 = register("0030", "赵某", "12");
    if (onC2.kind === "staff.registered") onC2.body.users = [{ clock: "C2", user: "12" }];
    await centre.enter(onC2);
    await centre.travel("2026-03-02 08:55:00");
    await centre.punch({ user: "12", at: "2026-03-02 08:54:00", clock: "C2" });
    const am = async (person: string) => (await dayList(centre.desk, "2026-03-02", { person })).people[0]?.am.status;
    expect([await am("0012"), await am("0030")]).toEqual(["open", "normal"]);
  });

  test("before four in the morning belong to the day before, as all punches", async () => {
    await centre.travel("2026-03-03 01:00:00");
    await centre.punch({ user: "999", at: "2026-03-03 00:59:00" });
    expect([(await aside("2026-03-02")).unmatched, (await aside("2026-03-03")).unmatched]).toEqual([1, 0]);
  });
});

test("the footnotes of the daily list say how many, and each as an officer would ask for it", async () => {
  await centre.travel("2026-03-02 08:55:01");
  const stranger = (at: string) => ({ user: "999", at });
  await centre.punch(
    stranger("2026-03-02 08:54:00"),
    { user: "12", at: "2026-03-02 09:05:00" },
    stranger("2026-03-02 08:55:00"),
  );
  expect(linesOfAside(await aside("2026-03-02"))).toEqual([
    "另有打卡未计入 3 次：工号无人 2 次，时间存疑 1 次",
    "  考勤机 C1  工号 999  工号不在人员名册：2026-03-02 08:54:00、2026-03-02 08:55:00",
    "  考勤机 C1  工号 12（0012）  时间超前：2026-03-02 09:05:00",
  ]);
  const many = Array.from({ length: FOOTNOTES_MAX + 3 }, (_, number) => ({ ...PUNCH, user: String(number) }));
  const lines = linesOfAside({ unmatched: many.length, quarantined: 0, punches: many });
  expect([lines.length, lines.at(-1)]).toEqual([FOOTNOTES_MAX + 2, "  其余 3 次未列"]);
  expect(linesOfAside({ unmatched: 0, quarantined: 0, punches: [] })).toEqual([]);
});
