/** What the statuses are called and how the month's sheet marks them: its printed legend. */
import { expect, test } from "vitest";
import { SLOT_STATUSES } from "../../../collector/attendance/status.ts";

test("every status has its name and its mark; rest days and days off the register stay blank", () => {
  const legend = Object.entries(SLOT_STATUSES).map(([status, { zh, mark }]) => `${status} ${mark} ${zh}`);
  expect(legend).toEqual([
    "normal √ 正常",
    "late 迟 迟到",
    "early 退 早退",
    "absent 旷 旷工(半天)",
    "missing ? 缺卡/待说明",
    "open … 未到判定时点",
    "sick 病 病假",
    "personal 事 事假",
    "annual 休 公休假",
    "official 公 因公外出",
    "meeting 会 会议视同出勤",
    "rest  休息",
    "na  不适用",
    "unknown ? 历法未定",
  ]);
});
