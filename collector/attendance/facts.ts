/** The evidence about one person: append-only rows, each with when it was received or decided. Instants are ms UTC. */
import type { DayNumber } from "./site-time.ts";

export const PERSON_KINDS = ["window", "window_head", "office", "office_head"] as const;
export type PersonKind = (typeof PERSON_KINDS)[number];

export interface Person {
  id: string;
  kind: PersonKind;
  /** First and last day on the register; `to` absent: still here. */
  from: DayNumber;
  to?: DayNumber | undefined;
}

export interface Punch {
  /** Evidence id. */
  id: string;
  /** Device time; where an officer decided when it was made, that. */
  at: number;
  /** Evidence id of that decision. */
  decision?: string | undefined;
  device: string;
  receivedAt: number;
  /** The user id on the clock, when it is not this person's: an unmatched punch. */
  pin?: string | undefined;
}

export type Half = "am" | "pm";

export const REQUEST_TYPES = ["official", "personal", "sick", "annual"] as const;
export type RequestType = (typeof REQUEST_TYPES)[number];

export const APPROVER_ROLES = ["window_head", "home_unit", "office_head", "bureau_leader"] as const;
export type ApproverRole = (typeof APPROVER_ROLES)[number];

export interface Approval {
  role: ApproverRole;
  by: string;
  at: number;
  result: "approve" | "reject";
}

/** An application for leave or an outing, from one half-day to another, both included. */
export interface Request {
  id: string;
  type: RequestType;
  fromDay: DayNumber;
  fromHalf: Half;
  toDay: DayNumber;
  toHalf: Half;
  appliedAt: number;
  approvals: Approval[];
  /** KQ 3: a certificate of a hospital under the medical-insurance rules. */
  certificate?: { at: number; hospitalQualified: boolean } | undefined;
  /** KQ 4(一): when the substitute was confirmed to be in place; absent: not yet. */
  substituteAt?: number | undefined;
  cancelledAt?: number | undefined;
}

/** KQ 1(二): study, training, meetings and activities that the bureau organises. */
export interface Meeting {
  id: string;
  organisedByBureau: boolean;
  start: number;
  end: number;
  signInAt?: number | undefined;
}

/** KQ 1(一): a written record of actual attendance. */
export interface Explanation {
  id: string;
  day: DayNumber;
  half: Half;
  /** Seconds of the day at which the person was there (or left). */
  actualSeconds: number;
  result: "confirmed" | "refused" | "open";
  confirmedBy?: string | undefined;
  confirmedAt?: number | undefined;
  waived?: boolean | undefined;
}

export interface DeviceFault {
  id: string;
  device: string;
  from: number;
  to: number;
}

/** A post found empty on an inspection round (KQ 2 and 6), once confirmed. */
export interface DutyFinding {
  id: string;
  day: DayNumber;
  half: Half;
  kind: "left_post";
  foundAt: number;
  confirmedAt?: number | undefined;
}

export interface PersonFacts {
  person: Person;
  punches: readonly Punch[];
  requests: readonly Request[];
  meetings: readonly Meeting[];
  explanations: readonly Explanation[];
  deviceFaults: readonly DeviceFault[];
  findings: readonly DutyFinding[];
}

/** Whether a day is worked; undefined where no notice says so: nothing of such a day is final. */
export type DayType = "workday" | "restday";
export type Workdays = (day: DayNumber) => DayType | undefined;
