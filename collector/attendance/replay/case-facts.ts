/** From the text of a case file to the engine's own terms. */

import type { PersonFacts, Request, Workdays } from "../facts.ts";
import { type AttendanceSettings, DEFAULT_SETTINGS } from "../settings.ts";
import { type DayNumber, dayOfDate, secondsOfTime, weekdayOfDay, yearOfDay } from "../site-time.ts";
import type { AttendanceCase, CaseFile, CaseSettings } from "./case-file.ts";

/** Dates and times were checked by the schema: what does not parse here is a programmer's error. */
export function day(date: string): DayNumber {
  const number = dayOfDate(date);
  if (number === undefined) throw new RangeError(`no such date: ${date}`);
  return number;
}

function seconds(time: string): number {
  const number = secondsOfTime(time);
  if (number === undefined) throw new RangeError(`no such time: ${time}`);
  return number;
}

/** Defaults, overlaid by each text in turn. */
export function toSettings(...texts: (CaseSettingsText | undefined)[]): AttendanceSettings {
  return overlay(DEFAULT_SETTINGS, ...texts);
}

/** Settings with those of each text in their place, in turn; thresholds one by one. */
export function overlay(base: AttendanceSettings, ...texts: (CaseSettingsText | undefined)[]): AttendanceSettings {
  const merged: CaseSettingsText = Object.assign({}, ...texts);
  const entries = Object.entries(merged).filter(([, value]) => value !== undefined);
  const converted = entries.map(([key, value]) => [key, isTime(value) ? toSeconds(value) : value]);
  const thresholds = Object.assign({}, base.thresholds, ...texts.map((text) => text?.thresholds));
  return { ...base, ...Object.fromEntries(converted), thresholds };
}

type CaseSettingsText = { [Key in keyof Omit<CaseSettings, "thresholds">]?: CaseSettings[Key] | undefined } & {
  thresholds?: { [Key in keyof CaseSettings["thresholds"]]?: number | undefined } | undefined;
};

function isTime(value: unknown): value is string | [string, string] {
  return typeof (Array.isArray(value) ? value[0] : value) === "string" && value !== "second" && value !== "minute";
}

function toSeconds(value: string | [string, string]): number | number[] {
  return Array.isArray(value) ? value.map(seconds) : seconds(value);
}

/** Weekdays are worked and weekends not, but for holidays, make-up days and local notices; years not listed are unknown. */
export function toWorkdays(calendar: CaseFile["calendar"], overrides: AttendanceCase["calendarOverrides"]): Workdays {
  const years = new Set(calendar.years.map(Number));
  const exceptions = new Map<DayNumber, "workday" | "restday">([
    ...calendar.holidays.map((date) => [day(date), "restday"] as const),
    ...calendar.makeupWorkdays.map((date) => [day(date), "workday"] as const),
    ...Object.entries({ ...calendar.overrides, ...overrides }).map(([date, type]) => [day(date), type] as const),
  ]);
  return (number) => {
    if (!years.has(yearOfDay(number))) return exceptions.get(number);
    return exceptions.get(number) ?? ([0, 6].includes(weekdayOfDay(number)) ? "restday" : "workday");
  };
}

export function toFacts(text: AttendanceCase, systemStart: string): PersonFacts {
  const { person } = text;
  return {
    person: {
      id: person?.id ?? "P1",
      kind: person?.kind ?? "window",
      from: day(person?.from ?? systemStart),
      to: person?.to ? day(person.to) : undefined,
    },
    punches: text.punches.map((punch, index) => ({
      id: `punch-${index + 1}`,
      at: Date.parse(punch.at),
      device: punch.device,
      receivedAt: Date.parse(punch.receivedAt ?? punch.at),
      pin: punch.pin ?? undefined,
    })),
    requests: text.requests.map(toRequest),
    meetings: text.meetings.map(({ organisedByBureau, start, end, signInAt }, index) => ({
      id: `meeting-${index + 1}`,
      organisedByBureau,
      start: Date.parse(start),
      end: Date.parse(end),
      signInAt: toInstant(signInAt),
    })),
    explanations: text.explanations.map((row, index) => ({
      id: `record-${index + 1}`,
      day: day(row.date),
      half: row.half,
      actualSeconds: seconds(row.actualTime),
      result: row.result,
      confirmedBy: row.confirmedBy ?? undefined,
      confirmedAt: toInstant(row.confirmedAt),
      waived: row.waived,
    })),
    deviceFaults: text.deviceFaults.map(({ device, from, to }, index) => ({
      id: `fault-${index + 1}`,
      device,
      from: Date.parse(from),
      to: Date.parse(to),
    })),
    findings: text.findings.map((row, index) => ({
      id: `finding-${index + 1}`,
      day: day(row.date),
      half: row.half,
      kind: row.kind,
      foundAt: Date.parse(row.foundAt),
      confirmedAt: toInstant(row.confirmedAt),
    })),
  };
}

function toRequest(row: AttendanceCase["requests"][number], index: number): Request {
  const appliedAt = Date.parse(row.appliedAt);
  return {
    id: `request-${index + 1}`,
    type: row.type,
    fromDay: day(row.fromDate),
    fromHalf: row.fromHalf,
    toDay: day(row.toDate),
    toHalf: row.toHalf,
    appliedAt,
    approvals: row.approvals.map((word) => ({ ...word, at: Date.parse(word.at) })),
    certificate: row.certificate
      ? { at: Date.parse(row.certificate.at), hospitalQualified: row.certificate.hospitalQualified }
      : undefined,
    substituteAt: toInstant(row.substituteAt) ?? (row.substituteInPlace ? appliedAt : undefined),
    cancelledAt: toInstant(row.cancelledAt),
  };
}

function toInstant(text: string | null | undefined): number | undefined {
  return text ? Date.parse(text) : undefined;
}
