/** 年度考勤统计表 and 资格台账: the year's counters, and the evidence behind each name that lost or is near to losing. */

import { SLOT_STATUSES, type SlotStatus } from "../../attendance/status.ts";
import type { YearRow } from "../views.ts";
import type { Cell, Sheet } from "./sheet.ts";

const REASONS: Record<string, string> = {
  late_early: "迟到早退累计",
  sick_personal: "病事假累计",
  absent: "旷工累计",
};

export function yearSheetOf(year: number, rows: readonly YearRow[], complete: string): Sheet {
  return {
    name: `年度考勤统计表 ${year}`,
    titles: [`${year} 年度考勤统计表`, complete],
    columns: [
      { title: "序号", as: "number", width: 5 },
      { title: "窗口/处室", as: "text", width: 16 },
      { title: "姓名", as: "text", width: 10 },
      { title: "工号", as: "text", width: 10 },
      { title: "迟到+早退(次)", as: "number", width: 13 },
      { title: "病假+事假(天)", as: "number", width: 13 },
      { title: "旷工(天)", as: "number", width: 9 },
      { title: "待说明", as: "number", width: 8 },
      { title: "评优评先资格", as: "text", width: 13 },
      { title: "依据条款", as: "text", width: 14 },
    ],
    rows: rows.map((row, index): Cell[] => [
      index + 1,
      row.unit,
      row.name,
      row.person,
      row.counters.lateEarly,
      row.counters.sickPersonalDays,
      row.counters.absentDays,
      row.counters.missing,
      row.disqualified ? "取消" : row.warnings.length > 0 ? "有（临近）" : "有",
      row.reasons.map(({ article }) => article).join("、"),
    ]),
    notes: [
      "迟到、早退累计 15 次，病假、事假累计超过 15 天，旷工累计超过 3 天，取消当年评优评先资格（考勤管理办法第七条）。",
    ],
  };
}

/** One line for each piece of evidence of those who lost or are near. */
export function eligibilitySheetOf(year: number, rows: readonly YearRow[], complete: string): Sheet {
  const concerned = rows.filter((row) => row.disqualified || row.warnings.length > 0);
  return {
    name: `资格台账 ${year}`,
    titles: [`${year} 年度资格台账`, complete],
    columns: [
      { title: "窗口/处室", as: "text", width: 16 },
      { title: "姓名", as: "text", width: 10 },
      { title: "工号", as: "text", width: 10 },
      { title: "资格", as: "text", width: 12 },
      { title: "事由", as: "text", width: 22 },
      { title: "日期", as: "text", width: 12 },
      { title: "半天", as: "text", width: 6 },
      { title: "认定", as: "text", width: 12 },
      { title: "证据编号", as: "text", width: 24 },
    ],
    rows: concerned.flatMap((row) =>
      row.evidence.map(({ date, half, status, evidence }): Cell[] => [
        row.unit,
        row.name,
        row.person,
        row.disqualified ? "取消" : "临近",
        [...row.reasons, ...row.warnings].map(({ reason, article }) => `${REASONS[reason]}（${article}）`).join("、"),
        date,
        half === "am" ? "上午" : "下午",
        SLOT_STATUSES[status as SlotStatus].zh,
        evidence.join(" "),
      ]),
    ),
    notes: concerned.length === 0 ? ["无。"] : [],
  };
}
