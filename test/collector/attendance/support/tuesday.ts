/** A half-day slot of Tuesday, 2026-03-10, with the evidence given and none beside. */
import type {
  DayType,
  DutyFinding,
  Explanation,
  Half,
  Meeting,
  Request,
} from "../../../../collector/attendance/facts.ts";
import type { RequestVerdict } from "../../../../collector/attendance/requests.ts";
import { type AttendanceSettings, DEFAULT_SETTINGS } from "../../../../collector/attendance/settings.ts";
import { dayOfDate, secondsOfTime, siteTime } from "../../../../collector/attendance/site-time.ts";
import { judgeSlot, type SlotFacts } from "../../../../collector/attendance/slot.ts";

const time = siteTime("Asia/Shanghai");
export const TUESDAY = dayOfDate("2026-03-10") as number;
export const seconds = (clock: string) => secondsOfTime(clock) as number;
export const at = (clock: string, day = TUESDAY) => time.instant(day, seconds(clock));
/** Three working days later: nothing can be explained any more. */
export const OVER = at("00:00:00", TUESDAY + 4);

interface Given extends Partial<Omit<SlotFacts, "person">> {
  punch?: string;
  /** Of the officer who gave the punch its time. */
  decision?: string;
  settings?: Partial<AttendanceSettings>;
  asOf?: number;
  workdays?: (day: number) => DayType | undefined;
}

export function judgeTuesday(half: Half, { punch, decision, settings, asOf = OVER, workdays, ...facts }: Given = {}) {
  return judgeSlot(
    TUESDAY,
    half,
    punch === undefined ? undefined : { id: "punch", decision, at: at(punch), seconds: seconds(punch) },
    {
      person: { id: "P1", kind: "window", from: TUESDAY },
      requests: [],
      meetings: [],
      explanations: [],
      deviceFaults: [],
      findings: [],
      ...facts,
    },
    { settings: { ...DEFAULT_SETTINGS, ...settings }, time, workdays: workdays ?? (() => "workday"), asOf },
  );
}

export function away(verdict: RequestVerdict, more: Partial<Request> = {}): SlotFacts["requests"][number] {
  const whole = { fromDay: TUESDAY, fromHalf: "am", toDay: TUESDAY, toHalf: "pm" } as const;
  return { request: { id: "leave", type: "annual", ...whole, appliedAt: 0, approvals: [], ...more }, verdict };
}

export const VALID: RequestVerdict = { state: "valid", article: "KQ 4(一)" };
export const REFUSED: RequestVerdict = { state: "invalid", article: "KQ 4(一)", reason: "not-approved" };
export const PENDING: RequestVerdict = { state: "pending", article: "KQ 3", until: OVER };

export const MEETING: Meeting = {
  id: "meeting",
  organisedByBureau: true,
  start: at("08:30:00"),
  end: at("17:30:00"),
  signInAt: at("08:30:00"),
};

export const RECORD: Explanation = {
  id: "record",
  day: TUESDAY,
  half: "am",
  actualSeconds: seconds("08:50:00"),
  result: "confirmed",
  confirmedBy: "BZ1",
  confirmedAt: at("18:00:00"),
};

export const FINDING: DutyFinding = {
  id: "finding",
  day: TUESDAY,
  half: "am",
  kind: "left_post",
  foundAt: at("10:30:00"),
  confirmedAt: at("18:00:00"),
};

export const ABSENT = { status: "absent", article: "KQ 6", rule: "unexplained", evidence: [] };
export const missing = (rule: string, ...evidence: string[]) => ({
  status: "missing",
  article: "KQ 1(一)",
  rule,
  evidence,
});
