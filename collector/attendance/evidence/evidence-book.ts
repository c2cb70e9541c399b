/** Rows of evidence folded into what the engine wants to know of each person. Later rows take the place of earlier ones with the same id. */
import { type EnteredDays, enterYear } from "../../calendar/calendar.ts";
import type { AttendanceBody, AttendanceDecision } from "../../registry/attendance-decisions.ts";
import type { PunchDecision } from "../../registry/punch-decisions.ts";
import type { Explanation, Meeting, Person, PersonFacts, Request } from "../facts.ts";
import { type DayNumber, dayOfDate, secondsOfTime } from "../site-time.ts";
import { RowsOfPeople } from "./rows-of-people.ts";

export interface StaffEntry extends Person {
  name: string;
  unit: string;
  users: readonly { clock: string; user: string }[];
}

/** A punch that counts because an officer said when it was made, and the record of that decision. */
export interface AcceptedPunch {
  at: number;
  decision: number;
  /** When it was decided, ms UTC. */
  decidedAt: number;
}

export type EvidenceDecision = AttendanceDecision | PunchDecision;

type SharedMeeting = Omit<Meeting, "signInAt">;

export class EvidenceBook {
  readonly staff = new Map<string, StaffEntry>();
  readonly enteredDays: EnteredDays = { years: {}, days: {} };
  /** `month|unit` -> when it was locked, ms UTC. */
  readonly locked = new Map<string, number>();
  /** By the id of the punch. */
  readonly acceptedPunches = new Map<number, AcceptedPunch>();
  /** The first day that counts, if somebody said so. */
  startedOn: DayNumber | undefined;
  /** When the first person was registered, ms UTC. */
  firstRegisteredAt: number | undefined;
  readonly #requests = new RowsOfPeople<Request & { person: string }>();
  readonly #meetings = new Map<string, SharedMeeting>();
  readonly #signIns = new RowsOfPeople<{ id: string; meeting: string; person: string; at: number }>();
  readonly #explanations = new RowsOfPeople<Explanation & { person: string }>();
  readonly #faults = new Map<string, PersonFacts["deviceFaults"][number]>();
  readonly #findings = new RowsOfPeople<PersonFacts["findings"][number] & { person: string }>();

  /** `recordedAt`: when the row `id` was committed, ms UTC. Rows that name what does not exist change nothing. */
  apply({ kind, body }: EvidenceDecision, recordedAt: number, id: number): void {
    switch (kind) {
      case "punch.accepted":
        this.acceptedPunches.set(body.punch, { at: Date.parse(body.at), decision: id, decidedAt: recordedAt });
        break;
      case "punch.rejected":
        this.acceptedPunches.delete(body.punch);
        break;
      case "staff.registered":
        this.#register(body);
        this.firstRegisteredAt ??= recordedAt;
        break;
      case "attendance.started":
        this.startedOn = dayOf(body.date);
        break;
      case "attendance.requested":
        this.#request(body);
        break;
      case "attendance.approved": {
        const { role, approver: by, result } = body;
        this.#requests.get(body.request)?.approvals.push({ role, by, result, at: Date.parse(body.at) });
        break;
      }
      case "attendance.certified":
        this.#requests.change(body.request, {
          certificate: { at: Date.parse(body.at), hospitalQualified: body.hospitalQualified },
        });
        break;
      case "attendance.substituted":
        this.#requests.change(body.request, { substituteAt: Date.parse(body.at) });
        break;
      case "attendance.cancelled":
        this.#requests.change(body.request, { cancelledAt: Date.parse(body.at) });
        break;
      case "attendance.meeting": {
        const { id, organisedByBureau, start, end } = body;
        this.#meetings.set(id, { id, organisedByBureau, start: Date.parse(start), end: Date.parse(end) });
        break;
      }
      case "attendance.signed-in": {
        const { meeting, person, at } = body;
        this.#signIns.set({ id: `${meeting}|${person}`, meeting, person, at: Date.parse(at) });
        break;
      }
      case "attendance.explained":
        this.#explain(body);
        break;
      case "attendance.explanation-decided":
        this.#decideExplanation(body);
        break;
      case "attendance.clock-broken": {
        const { id, clock: device, from, to } = body;
        this.#faults.set(id, { id, device, from: Date.parse(from), to: Date.parse(to) });
        break;
      }
      case "attendance.left-post": {
        const { id, person, half, foundAt } = body;
        const finding = { id, person, half, kind: "left_post" as const, foundAt: Date.parse(foundAt) };
        this.#findings.set({ ...finding, day: dayOf(body.date) });
        break;
      }
      case "attendance.left-post-confirmed":
        this.#findings.change(body.finding, { confirmedAt: Date.parse(body.at) });
        break;
      case "calendar.day":
        this.enteredDays.days[body.date] = body.type === "workday";
        break;
      case "calendar.year":
        enterYear(this.enteredDays, body);
        break;
      case "attendance.month-locked":
        this.locked.set(`${body.month}|${body.unit}`, recordedAt);
        break;
    }
  }

  /** Everything about a person but the punches. */
  factsOf(person: string): Omit<PersonFacts, "person" | "punches"> {
    return {
      requests: this.#requests.of(person),
      meetings: this.#meetingsOf(person),
      explanations: this.#explanations.of(person),
      deviceFaults: [...this.#faults.values()],
      findings: this.#findings.of(person),
    };
  }

  #register({ person, name, unit, kind, from, to, users }: AttendanceBody<"staff.registered">): void {
    const until = to === null ? undefined : dayOf(to);
    this.staff.set(person, { id: person, name, unit, kind, from: dayOf(from), to: until, users });
  }

  #request(body: AttendanceBody<"attendance.requested">): void {
    this.#requests.set({
      id: body.id,
      person: body.person,
      type: body.type,
      fromDay: dayOf(body.fromDate),
      fromHalf: body.fromHalf,
      toDay: dayOf(body.toDate),
      toHalf: body.toHalf,
      appliedAt: Date.parse(body.appliedAt),
      approvals: [],
    });
  }

  #explain(body: AttendanceBody<"attendance.explained">): void {
    this.#explanations.set({
      id: body.id,
      person: body.person,
      day: dayOf(body.date),
      half: body.half,
      actualSeconds: secondsOfTime(body.actualTime) ?? 0,
      result: "open",
    });
  }

  #decideExplanation(body: AttendanceBody<"attendance.explanation-decided">): void {
    const { result, confirmedBy, waived } = body;
    this.#explanations.change(body.explanation, { result, confirmedBy, confirmedAt: Date.parse(body.at), waived });
  }

  #meetingsOf(person: string): Meeting[] {
    return this.#signIns.of(person).flatMap(({ meeting: id, at }) => {
      const meeting = this.#meetings.get(id);
      return meeting ? [{ ...meeting, signInAt: at }] : [];
    });
  }
}

/** Dates were checked by the schema of the row. */
function dayOf(date: string): DayNumber {
  const day = dayOfDate(date);
  if (day === undefined) throw new RangeError(`no such date: ${date}`);
  return day;
}
