/** The daily list: everybody's arrival and departure. */
import { SLOT_STATUSES } from "../../attendance/status.ts";
import type { DayList } from "../views.ts";
import { linesOfAside } from "./aside.ts";
import { linesOfCompleteness, titleOfCompleteness } from "./complete.ts";
import type { Cell, Sheet } from "./sheet.ts";

/** `asOf`: the moment that the list is as of, RFC 3339; absent: it is of now. */
export function daySheetOf(list: DayList, asOf?: string): Sheet {
  return {
    name: `日考勤表 ${list.date}`,
    titles: [
      `${list.date} 日考勤表`,
      titleOfCompleteness(list.complete, asOf),
      ...list.notices.map(({ message }) => `提醒：${message.zh}`),
    ],
    columns: [
      { title: "窗口/处室", as: "text", width: 16 },
      { title: "姓名", as: "text", width: 10 },
      { title: "工号", as: "text", width: 10 },
      { title: "上午", as: "text", width: 12 },
      { title: "到岗", as: "text", width: 10 },
      { title: "下午", as: "text", width: 12 },
      { title: "离岗", as: "text", width: 10 },
      { title: "条款", as: "text", width: 14 },
    ],
    rows: list.people.map(({ unit, name, person, am, pm }): Cell[] => [
      unit,
      name,
      person,
      SLOT_STATUSES[am.status].zh + (am.outsideWindow ? "（时段外）" : ""),
      am.time ?? "",
      SLOT_STATUSES[pm.status].zh + (pm.outsideWindow ? "（时段外）" : ""),
      pm.time ?? "",
      [...new Set([am.article, pm.article].filter((article) => article !== ""))].join("、"),
    ]),
    notes: [
      ...list.units.map(
        ({ unit, expected, arrived, late, missing, onLeave }) =>
          `${unit}：应到 ${expected}，已到 ${arrived}，迟到 ${late}，未到 ${missing}，请假外出 ${onLeave}`,
      ),
      ...linesOfCompleteness(list.complete),
      ...linesOfAside(list.aside),
    ],
  };
}
