/** The yearly ledgers of window meetings (HY 四(五)(六)) and of safety violations (AQ 三(二)). */
import type { AttendanceSettings } from "./settings.ts";

export interface WindowMeeting {
  held: boolean;
  headPresent: boolean;
  substitutePresent: boolean;
}

/** HY 四(六): a head who misses five meetings of the year costs the window its 评先. */
export function judgeMeetings(
  meetings: readonly WindowMeeting[],
  settings: AttendanceSettings,
): { missed: number; windowDisqualified: boolean } {
  const missed = meetings.filter(
    ({ held, headPresent, substitutePresent }) =>
      held && !headPresent && !(substitutePresent && settings.substituteCountsAsPresent),
  ).length;
  return { missed, windowDisqualified: missed >= settings.thresholds.meetingMissedAtLeast };
}

export type SafetyAction =
  | "none"
  | "criticise_educate"
  | "cancel_person_award_and_circulate"
  | "return_and_cancel_window_award";

/** AQ 三(二): first 批评教育, second the year's 评先 and 通报, many times back to the home unit; confirmed entries of the year only. */
export function judgeSafety(
  entries: readonly { confirmed: boolean }[],
  settings: AttendanceSettings,
): { count: number; action: SafetyAction } {
  const count = entries.filter(({ confirmed }) => confirmed).length;
  return { count, action: actionOf(count, settings.thresholds.safetyReturnAtLeast) };
}

function actionOf(count: number, returnAtLeast: number): SafetyAction {
  if (count >= returnAtLeast) return "return_and_cancel_window_award";
  if (count === 0) return "none";
  return count === 1 ? "criticise_educate" : "cancel_person_award_and_circulate";
}
