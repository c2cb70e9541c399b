/** The status of a half-day slot: what it is called, what it counts, and on what it rests. */

export const SLOT_STATUSES = {
  normal: { zh: "正常", mark: "√" },
  late: { zh: "迟到", mark: "迟" },
  early: { zh: "早退", mark: "退" },
  absent: { zh: "旷工(半天)", mark: "旷" },
  missing: { zh: "缺卡/待说明", mark: "?" },
  open: { zh: "未到判定时点", mark: "…" },
  sick: { zh: "病假", mark: "病" },
  personal: { zh: "事假", mark: "事" },
  annual: { zh: "公休假", mark: "休" },
  official: { zh: "因公外出", mark: "公" },
  meeting: { zh: "会议视同出勤", mark: "会" },
  rest: { zh: "休息", mark: "" },
  na: { zh: "不适用", mark: "" },
  unknown: { zh: "历法未定", mark: "?" },
} as const;
export type SlotStatus = keyof typeof SLOT_STATUSES;

export interface Slot {
  status: SlotStatus;
  /** The clause that gives the status, in the codes of the house (`KQ 1(一)`). */
  article: string;
  /** Which rule of the engine decided, for officers and tests. */
  rule: string;
  /** Ids of the evidence rows that it rests on. */
  evidence: readonly string[];
  /** The moment that was judged, ms UTC: a punch or a written record. */
  at?: number;
  /** Accepted although outside the window (时段外). */
  outsideWindow?: true;
}

export interface DayResult {
  day: number;
  dayType: "workday" | "restday" | "unknown";
  am: Slot;
  pm: Slot;
}
