/** The least text of a file of worked cases, and how each of its values is shown to be checked. */
import { expect } from "vitest";
import { parseCaseFile } from "../../../../../collector/attendance/replay/replay.ts";

export const MOMENT = "2026-03-09T15:00:00+08:00";

export const CONFIG = {
  arrivalWindow: ["08:00:00", "09:00:00"],
  departureWindow: ["17:00:00", "18:00:00"],
  lateAfter: "09:00:00",
  earlyBefore: "17:00:00",
  splitTime: "13:00:00",
  dayStart: "04:00:00",
  precision: "second",
  graceSeconds: 0,
  acceptOutsideWindow: true,
  lateToAbsentMinutes: null,
  earlyToAbsentMinutes: null,
  explainDeadlineWorkdays: 3,
  allowRetroactive: false,
  futureToleranceSeconds: 120,
  substituteCountsAsPresent: true,
  scanEveryWorkdays: 2,
  scanJudgedAt: "17:00:00",
  thresholds: {
    lateEarlyAtLeast: 15,
    sickPersonalMoreThan: 15,
    absentMoreThan: 3,
    meetingMissedAtLeast: 5,
    safetyReturnAtLeast: 3,
  },
};

export const CALENDAR = { years: ["2026"], holidays: ["2026-01-01"], makeupWorkdays: ["2026-01-04"] };
export const CHECKPOINT = { asOf: MOMENT, expect: {} };
export const CASE = { id: "C1", days: ["2026-03-10"], checkpoints: [CHECKPOINT] };
export const REQUEST = {
  type: "official",
  fromDate: "2026-03-10",
  fromHalf: "am",
  toDate: "2026-03-10",
  toHalf: "pm",
  appliedAt: MOMENT,
};
export const APPROVAL = { role: "window_head", by: "H1", at: MOMENT, result: "approve" };
export const MEETING = { organisedByBureau: true, start: MOMENT, end: MOMENT };
export const RECORD = { date: "2026-03-10", half: "am", actualTime: "08:50:00", result: "confirmed" };
export const FAULT = { device: "C1", from: MOMENT, to: MOMENT };
export const FINDING = { date: "2026-03-10", half: "pm", kind: "left_post", foundAt: MOMENT };
export const PUNCH = { at: MOMENT, device: "C1" };
export const LEDGER = { id: "K1", kind: "meeting_ledger", events: [{ held: true }], expect: { missed: 1 } };
export const SCAN = { id: "V1", day: "2026-03-10", asOf: MOMENT, completedScans: [MOMENT], expect: { status: "due" } };

export const FILE = {
  schema: "attendance-acceptance/1",
  systemStart: "2026-01-01",
  config: CONFIG,
  calendar: CALENDAR,
};

export const read = (file: object) => parseCaseFile(JSON.stringify(file));
export const withCase = (part: object) => ({ ...FILE, cases: [{ ...CASE, ...part }] });
export const refused = expect.objectContaining({ code: "bad-case-file" });

/** Each value in turn in the place of the one of `whole`. */
export function refuseEach(whole: object, wrong: Record<string, unknown[]>, place: (row: object) => object): void {
  expect(() => read(place(whole))).not.toThrow();
  for (const [key, values] of Object.entries(wrong)) {
    for (const value of values) {
      expect(() => read(place({ ...whole, [key]: value })), `${key}: ${JSON.stringify(value)}`).toThrow(refused);
    }
  }
}

export const NO_INSTANT = [undefined, "2026-03-10", "2026-03-10T08:50:00", "2026-02-30T08:50:00+08:00"];
export const NO_DATE = [undefined, "2026-02-30", "2026-3-1", MOMENT];
export const NO_TIME = [
  undefined,
  "24:00:00",
  "08:60:00",
  "08:00:60",
  "8:00:00",
  "08:00",
  "08:00:00.5",
  " 08:00:00",
  8,
];
export const NO_HALF = [undefined, "noon", "AM"];
export const NO_BOOLEAN = [undefined, "true", 1];
export const NO_TEXT = [undefined, null, 7];
