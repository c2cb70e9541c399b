/** Attendance settings by the day: a day is judged by what had been decided when it began, so that no day is judged by a later rule. */
import type { AttendanceSettings } from "../attendance/settings.ts";
import type { DayNumber } from "../attendance/site-time.ts";
import type { DecisionBody } from "../registry/decisions.ts";
import { attendanceSettings, type SettingValue } from "../registry/settings.ts";

interface Version {
  /** When it was decided, ms UTC. */
  since: number;
  settings: AttendanceSettings;
}

export class SettingsInForce {
  readonly #values: Record<string, SettingValue> = {};
  readonly #versions: Version[] = [{ since: Number.NEGATIVE_INFINITY, settings: attendanceSettings({}) }];

  /** In the order of the log; whether it is a setting of attendance. */
  take({ key, value }: DecisionBody<"setting.changed">, committedAt: number): boolean {
    if (!key.startsWith("attendance.")) return false;
    this.#values[key] = value;
    this.#versions.push({ since: committedAt, settings: attendanceSettings(this.#values) });
    return true;
  }

  /** Those decided before an instant, ms UTC; the same object until another decision. */
  before(instant: number): AttendanceSettings {
    return (this.#versions.findLast(({ since }) => since < instant) as Version).settings;
  }
}

/** By which a day is judged; the same object for days under the same settings. */
export type SettingsOn = (day: DayNumber) => AttendanceSettings;

/** Days that follow each other under the same settings, in the order given. */
export function runsOf(
  days: readonly DayNumber[],
  settingsOn: SettingsOn,
): { days: DayNumber[]; settings: AttendanceSettings }[] {
  const runs: { days: DayNumber[]; settings: AttendanceSettings }[] = [];
  for (const day of days) {
    const settings = settingsOn(day);
    const last = runs.at(-1);
    if (last?.settings === settings) last.days.push(day);
    else runs.push({ days: [day], settings });
  }
  return runs;
}
