/** 月考勤表: two marks a day, the month's counters, legend and signatures. */

import { SLOT_STATUSES, type SlotStatus } from "../../attendance/status.ts";
import type { MonthSheet } from "../views.ts";
import type { Cell, Column, Sheet } from "./sheet.ts";

const COUNTED: { title: string; of: (row: MonthSheet["rows"][number]) => number }[] = [
  { title: "应出勤", of: ({ counters }) => counters.dueDays },
  { title: "实出勤", of: ({ counters }) => counters.presentDays },
  { title: "迟到(次)", of: ({ counters }) => counters.late },
  { title: "早退(次)", of: ({ counters }) => counters.early },
  { title: "病假(天)", of: ({ counters }) => counters.sickDays },
  { title: "事假(天)", of: ({ counters }) => counters.personalDays },
  { title: "公休(天)", of: ({ counters }) => counters.annualDays },
  { title: "因公外出(天)", of: ({ counters }) => counters.officialDays },
  { title: "会议(次)", of: ({ counters }) => counters.meetings },
  { title: "旷工(天)", of: ({ counters }) => counters.absentDays },
  { title: "待说明", of: ({ counters }) => counters.missing },
];

export function monthSheetOf(month: MonthSheet, complete: string): Sheet {
  const columns: Column[] = [
    { title: "序号", as: "number", width: 5 },
    { title: "窗口/处室", as: "text", width: 16 },
    { title: "姓名", as: "text", width: 10 },
    { title: "工号", as: "text", width: 10 },
    ...month.days.map(({ date }): Column => ({ title: String(Number(date.slice(8))), as: "mark", width: 4 })),
    ...COUNTED.map(({ title }): Column => ({ title, as: "number", width: 9 })),
    { title: "备注", as: "text", width: 14 },
    { title: "本人/负责人签字", as: "text", width: 14 },
  ];
  return {
    name: `月考勤表 ${month.month}`,
    titles: [`${month.month} 月考勤表`, complete],
    columns,
    rows: month.rows.map((row, index) => toCells(row, index)),
    notes: [legend(), ...lockNotes(month)],
  };
}

function toCells(row: MonthSheet["rows"][number], index: number): Cell[] {
  const marks = row.days.map(({ am, pm }) => `${markOf(am.status)}${markOf(pm.status)}`);
  return [index + 1, row.unit, row.name, row.person, ...marks, ...COUNTED.map(({ of }) => of(row)), "", ""];
}

function markOf(status: SlotStatus): string {
  return SLOT_STATUSES[status].mark;
}

function legend(): string {
  const shown: SlotStatus[] = [
    "normal",
    "late",
    "early",
    "sick",
    "personal",
    "annual",
    "official",
    "meeting",
    "absent",
    "missing",
  ];
  return `每日两格：上午、下午。${shown.map((status) => `${markOf(status)} ${SLOT_STATUSES[status].zh}`).join("  ")}  空白 休息`;
}

function lockNotes({ locked }: MonthSheet): string[] {
  return Object.entries(locked).map(([unit, at]) => `${unit} 已于 ${at.slice(0, 10)} 锁定，此后变更须另附更正。`);
}
