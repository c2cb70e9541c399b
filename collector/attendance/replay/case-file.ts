/** The format of worked cases (`attendance-acceptance/1`): evidence, settings, and what is expected as of several moments. */
import * as z from "zod";
import { APPROVER_ROLES, PERSON_KINDS, REQUEST_TYPES } from "../facts.ts";

const instant = z.iso.datetime({ offset: true });
const date = z.iso.date();
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/);
const half = z.enum(["am", "pm"]);

export const caseSettings = z.strictObject({
  arrivalWindow: z.tuple([time, time]),
  departureWindow: z.tuple([time, time]),
  lateAfter: time,
  earlyBefore: time,
  splitTime: time,
  dayStart: time,
  precision: z.enum(["second", "minute"]),
  graceSeconds: z.int().min(0),
  acceptOutsideWindow: z.boolean(),
  lateToAbsentMinutes: z.int().min(1).nullable(),
  earlyToAbsentMinutes: z.int().min(1).nullable(),
  explainDeadlineWorkdays: z.int().min(0),
  allowRetroactive: z.boolean(),
  futureToleranceSeconds: z.int().min(0),
  substituteCountsAsPresent: z.boolean(),
  scanEveryWorkdays: z.int().min(1),
  scanJudgedAt: time,
  thresholds: z.strictObject({
    lateEarlyAtLeast: z.number(),
    sickPersonalMoreThan: z.number(),
    absentMoreThan: z.number(),
    meetingMissedAtLeast: z.int(),
    safetyReturnAtLeast: z.int(),
  }),
});
export type CaseSettings = z.infer<typeof caseSettings>;

const request = z.object({
  type: z.enum(REQUEST_TYPES),
  fromDate: date,
  fromHalf: half,
  toDate: date,
  toHalf: half,
  appliedAt: instant,
  approvals: z
    .array(
      z.object({ role: z.enum(APPROVER_ROLES), by: z.string(), at: instant, result: z.enum(["approve", "reject"]) }),
    )
    .default([]),
  certificate: z.object({ at: instant, hospitalQualified: z.boolean() }).nullish(),
  substituteInPlace: z.boolean().optional(),
  substituteAt: instant.optional(),
  cancelledAt: instant.nullish(),
});

const explanation = z.object({
  date,
  half,
  actualTime: time,
  reason: z.string().optional(),
  result: z.enum(["confirmed", "refused", "open"]),
  confirmedBy: z.string().nullish(),
  confirmedAt: instant.nullish(),
  waived: z.boolean().optional(),
});

const punch = z.object({
  at: instant,
  device: z.string(),
  receivedAt: instant.optional(),
  pin: z.string().nullish(),
});

const expectation = z.strictObject({
  days: z
    .record(
      date,
      z.strictObject({ dayType: z.string().optional(), am: z.string().optional(), pm: z.string().optional() }),
    )
    .optional(),
  counters: z.record(z.string(), z.number()).optional(),
  disqualified: z.boolean().optional(),
  reasons: z.array(z.string()).optional(),
  quarantined: z.int().optional(),
  unmatched: z.int().optional(),
  duplicates: z.int().optional(),
});
export type Expectation = z.infer<typeof expectation>;

const description = {
  id: z.string(),
  title: z.string().optional(),
  title_zh: z.string().optional(),
  basis: z.string().optional(),
};

export const attendanceCase = z.object({
  ...description,
  days: z.array(date).min(1),
  year: z.int().optional(),
  config: caseSettings.partial().optional(),
  person: z
    .object({ id: z.string(), kind: z.enum(PERSON_KINDS).optional(), from: date.optional(), to: date.nullish() })
    .optional(),
  openingBalance: z.record(z.string(), z.number()).optional(),
  punches: z.array(punch).default([]),
  requests: z.array(request).default([]),
  meetings: z
    .array(z.object({ organisedByBureau: z.boolean(), start: instant, end: instant, signInAt: instant.nullish() }))
    .default([]),
  explanations: z.array(explanation).default([]),
  deviceFaults: z.array(z.object({ device: z.string(), from: instant, to: instant })).default([]),
  findings: z
    .array(z.object({ date, half, kind: z.literal("left_post"), foundAt: instant, confirmedAt: instant.nullish() }))
    .default([]),
  calendarOverrides: z.record(date, z.enum(["workday", "restday"])).optional(),
  checkpoints: z.array(z.object({ asOf: instant, expect: expectation })).min(1),
});
export type AttendanceCase = z.infer<typeof attendanceCase>;

export const ledgerCase = z.object({
  ...description,
  kind: z.enum(["meeting_ledger", "safety_ledger"]),
  config: caseSettings.partial().optional(),
  events: z.array(z.record(z.string(), z.unknown())),
  expect: z.record(z.string(), z.unknown()),
});

export const scanCase = z.object({
  ...description,
  day: date,
  asOf: instant,
  config: caseSettings.partial().optional(),
  completedScans: z.array(instant),
  expect: z.object({ status: z.string() }),
});

export const caseFile = z.object({
  schema: z.literal("attendance-acceptance/1"),
  timezone: z.string().optional(),
  systemStart: date,
  config: caseSettings,
  calendar: z.object({
    source: z.string().optional(),
    years: z.array(z.string().regex(/^\d{4}$/)),
    holidays: z.array(date),
    makeupWorkdays: z.array(date),
    overrides: z.record(date, z.enum(["workday", "restday"])).optional(),
  }),
  cases: z.array(attendanceCase).default([]),
  ledgerCases: z.array(ledgerCase).default([]),
  scanCases: z.array(scanCase).default([]),
});
export type CaseFile = z.infer<typeof caseFile>;
