/**
 * What people decide and write down about attendance, as records of the centre: the staff register, applications and their
 * approvals, certificates, meetings, written records, broken clocks, inspections, the calendar. Corrected by a later row.
 */
import * as z from "zod";
import { instant, shortText } from "../../protocol/messages/primitives.ts";
import { APPROVER_ROLES, PERSON_KINDS, REQUEST_TYPES } from "../attendance/facts.ts";

const day = z.iso.date();
const half = z.enum(["am", "pm"]);
const time = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/);
/** Given by whoever enters the row; a later row with the same id takes its place. */
const id = z.string().min(1).max(64);
const decided = { by: shortText, reason: shortText.optional() };

/** Whether two moments or dates are in order; each pair is of one format, which sorts as time does. */
function inOrder(from: string, to: string | null): boolean {
  return to === null || from <= to;
}

export const ATTENDANCE_DECISION_BODIES = {
  /** The whole entry; a later one for the same person takes its place. */
  "staff.registered": z
    .object({
      person: id,
      name: z.string().min(1).max(64),
      unit: z.string().min(1).max(128),
      kind: z.enum(PERSON_KINDS),
      from: day,
      to: day.nullable(),
      /** User ids on clocks; `clock` a serial number, or `*` for all of them. */
      users: z.array(z.object({ clock: z.string().min(1).max(64), user: z.string().min(1).max(24) })).max(16),
      ...decided,
    })
    .refine(({ from, to }) => inOrder(from, to), { path: ["to"], error: "离开日期早于入驻日期 / to is before from" }),
  /** The first day that counts at this site. Without it: the day on which the first person was registered. */
  "attendance.started": z.object({ date: day, ...decided }),
  "attendance.requested": z
    .object({
      id,
      person: id,
      type: z.enum(REQUEST_TYPES),
      fromDate: day,
      fromHalf: half,
      toDate: day,
      toHalf: half,
      appliedAt: instant,
      ...decided,
    })
    .refine(({ fromDate, fromHalf, toDate, toHalf }) => inOrder(`${fromDate} ${fromHalf}`, `${toDate} ${toHalf}`), {
      path: ["toDate"],
      error: "结束早于开始 / the end is before the beginning",
    }),
  "attendance.approved": z.object({
    request: id,
    role: z.enum(APPROVER_ROLES),
    approver: id,
    result: z.enum(["approve", "reject"]),
    at: instant,
    ...decided,
  }),
  "attendance.certified": z.object({ request: id, at: instant, hospitalQualified: z.boolean(), ...decided }),
  "attendance.substituted": z.object({ request: id, substitute: id, at: instant, ...decided }),
  "attendance.cancelled": z.object({ request: id, at: instant, ...decided }),
  "attendance.meeting": z
    .object({
      id,
      title: shortText,
      organisedByBureau: z.boolean(),
      start: instant,
      end: instant,
      ...decided,
    })
    .refine(({ start, end }) => inOrder(start, end), {
      path: ["end"],
      error: "结束早于开始 / the end is before the beginning",
    }),
  "attendance.signed-in": z.object({ meeting: id, person: id, at: instant, ...decided }),
  "attendance.explained": z.object({ id, person: id, date: day, half, actualTime: time, ...decided }),
  "attendance.explanation-decided": z.object({
    explanation: id,
    result: z.enum(["confirmed", "refused"]),
    confirmedBy: id,
    at: instant,
    waived: z.boolean().optional(),
    ...decided,
  }),
  "attendance.clock-broken": z
    .object({ id, clock: z.string().min(1).max(64), from: instant, to: instant, ...decided })
    .refine(({ from, to }) => inOrder(from, to), {
      path: ["to"],
      error: "结束早于开始 / the end is before the beginning",
    }),
  "attendance.left-post": z.object({ id, person: id, date: day, half, foundAt: instant, ...decided }),
  "attendance.left-post-confirmed": z.object({ finding: id, at: instant, ...decided }),
  /** A day of the calendar by a local notice. */
  "calendar.day": z.object({ date: day, type: z.enum(["workday", "restday"]), source: shortText, ...decided }),
  /** A year's table: holidays and make-up days, by the State Council's notice. */
  "calendar.year": z.object({
    year: z.int().min(2000).max(2099),
    holidays: z.array(day).max(120),
    makeUpDays: z.array(day).max(60),
    source: shortText,
    ...decided,
  }),
  /** From then on the month's sheet of the unit changes only by a dated correction. */
  "attendance.month-locked": z.object({
    month: z.string().regex(/^\d{4}-\d{2}$/),
    unit: z.string().min(1).max(128),
    ...decided,
  }),
} as const;

export type AttendanceKind = keyof typeof ATTENDANCE_DECISION_BODIES;
export const ATTENDANCE_KINDS = Object.keys(ATTENDANCE_DECISION_BODIES) as AttendanceKind[];
export type AttendanceBody<Kind extends AttendanceKind> = z.infer<(typeof ATTENDANCE_DECISION_BODIES)[Kind]>;
export type AttendanceDecision = {
  [Kind in AttendanceKind]: { kind: Kind; body: AttendanceBody<Kind> };
}[AttendanceKind];

export function isAttendanceKind(kind: string): kind is AttendanceKind {
  return Object.hasOwn(ATTENDANCE_DECISION_BODIES, kind);
}
