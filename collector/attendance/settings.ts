/** What the attendance regulation (考勤管理办法) leaves open, with the defaults of the house; times are seconds of the site's day. */

export interface AttendanceSettings {
  /** First and last moment of the arrival window (KQ 1(一): 8:00 to 9:00). */
  arrivalWindow: [number, number];
  /** First and last moment of the departure window (KQ 1(一): 17:00 to 18:00). */
  departureWindow: [number, number];
  /** Late when the arrival is after this moment. */
  lateAfter: number;
  /** Early when the departure is before this moment. */
  earlyBefore: number;
  /** Punches before it can be arrivals, from it on departures. */
  splitTime: number;
  /** A punch before it belongs to the day before (work past midnight). */
  dayStart: number;
  /** `minute` cuts the seconds off before comparing. */
  precision: "second" | "minute";
  graceSeconds: number;
  /** False: an arrival before and a departure after its window is no punch at all. */
  acceptOutsideWindow: boolean;
  /** A lateness of at least so many minutes is half a day 旷工; null: never. */
  lateToAbsentMinutes: number | null;
  earlyToAbsentMinutes: number | null;
  /** Working days in which a missing punch can be explained, and a certificate handed in after sick leave. */
  explainDeadlineWorkdays: number;
  /** Whether an application after the start is valid. */
  allowRetroactive: boolean;
  /** A device time so far ahead of the receipt is a fault of the clock. */
  futureToleranceSeconds: number;
  /** A meeting of window heads attended by a substitute is not missed (HY 四(五)). */
  substituteCountsAsPresent: boolean;
  /** WG 18: a completed scan every so many working days ... */
  scanEveryWorkdays: number;
  /** ... judged at this moment of the day. */
  scanJudgedAt: number;
  thresholds: Thresholds;
}

export interface Thresholds {
  /** KQ 7(一): the 15th loses. */
  lateEarlyAtLeast: number;
  /** KQ 7(二): 15.0 days do not lose (超过 excludes the number). */
  sickPersonalMoreThan: number;
  /** KQ 7(三). */
  absentMoreThan: number;
  /** HY 四(六). */
  meetingMissedAtLeast: number;
  /** AQ 三(二) "多次". */
  safetyReturnAtLeast: number;
}

const HOUR = 3600;

export const DEFAULT_SETTINGS: AttendanceSettings = {
  arrivalWindow: [8 * HOUR, 9 * HOUR],
  departureWindow: [17 * HOUR, 18 * HOUR],
  lateAfter: 9 * HOUR,
  earlyBefore: 17 * HOUR,
  splitTime: 13 * HOUR,
  dayStart: 4 * HOUR,
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
  scanJudgedAt: 17 * HOUR,
  thresholds: {
    lateEarlyAtLeast: 15,
    sickPersonalMoreThan: 15,
    absentMoreThan: 3,
    meetingMissedAtLeast: 5,
    safetyReturnAtLeast: 3,
  },
};
