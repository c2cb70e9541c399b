import { beforeEach, expect, test } from "vitest";
import { READER_LOSS_UNNOTICED_MS } from "../../../collector/attendance-desk/completeness.ts";
import { daySheetOf } from "../../../collector/attendance-desk/sheets/day.ts";
import { dayList } from "../../../collector/attendance-desk/views.ts";
import { DeskSite, started } from "../../support/attendance-desk.ts";
import { iso, register, site } from "../../support/attendance-site.ts";

let centre: DeskSite;
beforeEach(async () => {
  centre = await DeskSite.open("2026-03-02 07:00:00", started("2026-03-02"), register("0012", "张㛃", "12"));
  await centre.believe("online");
  for (const clock of ["C1", "C2"]) await centre.tell(clock, "online");
  await centre.travel("2026-03-02 07:01:00");
  for (const clock of ["C1", "C2"]) await centre.tell(clock, "state");
});

const noticedAt = (now: string) => new Date(site(now) - READER_LOSS_UNNOTICED_MS).toISOString();

test("clocks in order are complete to what is certain by now", async () => {
  await centre.travel("2026-03-02 07:40:00");
  const to = noticedAt("2026-03-02 07:40:00");
  expect(await centre.desk.completeness()).toEqual({
    completeTo: to,
    othersTo: to,
    clocks: ["C1", "C2"].map((clock) => ({ clock, completeTo: to, heldBack: null })),
  });
});

test("a clock that is lost holds the day back and is named on the sheet, until its log has been read", async () => {
  await centre.travel("2026-03-02 07:50:00");
  await centre.tell("C2", "lost");
  await centre.travel("2026-03-02 08:00:00");
  const { titles, notes } = daySheetOf(await dayList(centre.desk, "2026-03-02", {}));
  expect(titles).toEqual([
    "2026-03-02 日考勤表",
    "数据截至 2026-03-02 07:45:00（C2 未到齐，其余考勤机截至 2026-03-02 07:51:00）",
  ]);
  expect(notes).toContain("考勤机 C2：数据只到 2026-03-02 07:45:00（考勤机失联，自 2026-03-02 07:50:00）");

  await centre.tell("C2", "online");
  expect(await centre.desk.completeness()).toMatchObject({
    completeTo: iso("2026-03-02 07:45:00"),
    clocks: [{ heldBack: null }, { heldBack: { cause: "log-unread" } }],
  });
  await centre.travel("2026-03-02 08:00:30");
  await centre.tell("C2", "state");
  expect(daySheetOf(await dayList(centre.desk, "2026-03-02", {})).titles[1]).toBe("数据截至 2026-03-02 07:51:30");
});

test("a reader that is lost holds all of its clocks back", async () => {
  await centre.travel("2026-03-02 07:30:00");
  await centre.believe("lost");
  await centre.travel("2026-03-02 09:00:00");
  expect(await centre.desk.completeness()).toMatchObject({
    completeTo: noticedAt("2026-03-02 07:30:00"),
    othersTo: null,
    clocks: [{ heldBack: { cause: "reader-away" } }, { heldBack: { cause: "reader-away" } }],
  });
});

test("the sheet speaks of no other clocks when all are held back", async () => {
  await centre.travel("2026-03-02 07:30:00");
  await centre.believe("lost");
  expect(daySheetOf(await dayList(centre.desk, "2026-03-02", {})).titles[1]).toBe(
    "数据截至 2026-03-02 07:21:00（C1、C2 未到齐）",
  );
});

test("clocks of a reader that was sent away hold nothing back", async () => {
  await centre.store.write((tx) => tx.updateTable("source").set({ state: "revoked" }).execute());
  expect(await centre.desk.completeness()).toEqual({ completeTo: null, othersTo: null, clocks: [] });
});

test("a list as of another moment says so, and claims no completeness", async () => {
  await centre.travel("2026-03-02 09:00:00");
  const list = await dayList(centre.desk, "2026-03-02", { asOf: site("2026-03-02 08:00:00") });
  expect(list.complete).toBeNull();
  expect(daySheetOf(list, iso("2026-03-02 08:00:00")).titles).toContain("按 2026-03-02 08:00:00 当时所知");
});
