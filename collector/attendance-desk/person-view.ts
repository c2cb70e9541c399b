/** One person's days with the evidence, the applications and what each comes to, and what was kept aside. */
import { AppError } from "../../protocol/errors.ts";
import { formatInstant } from "../../protocol/time.ts";
import { type Counters, countYear } from "../attendance/counters.ts";
import type { Request } from "../attendance/facts.ts";
import type { InvalidReason, RequestVerdict } from "../attendance/requests.ts";
import { dateOfDay, yearOfDay } from "../attendance/site-time.ts";
import type { Aside } from "./aside.ts";
import type { AttendanceDesk } from "./desk.ts";
import { type DayView, dayNumber, type PersonView, toDay, toPerson } from "./views.ts";

export interface RequestView {
  id: string;
  type: Request["type"];
  fromDate: string;
  fromHalf: Request["fromHalf"];
  toDate: string;
  toHalf: Request["toHalf"];
  appliedAt: string;
  state: RequestVerdict["state"];
  article: string;
  /** Why it does not hold; null when it does, or is not decided yet. */
  reason: InvalidReason | null;
  /** Until when a certificate can still be handed in (RFC 3339); null when nothing waits, or no calendar tells it. */
  until: string | null;
}

export interface PersonSheet extends PersonView {
  days: DayView[];
  counters: Counters;
  /** Applications that cover one of the days. */
  requests: RequestView[];
  duplicates: number;
  /** The person's punches of a time that cannot be true, by the day on which they came. */
  aside: Aside;
}

const DAYS_MAX = 400;

/** `from` and `to`: site dates, both included. Rejects with AppError `not-found`, `bad-request`. */
export async function personSheet(
  desk: AttendanceDesk,
  person: string,
  { from, to, asOf }: { from: string; to: string; asOf?: number | undefined },
): Promise<PersonSheet> {
  const entry = (await desk.book(asOf)).staff.get(person);
  if (!entry) throw new AppError("not-found", `there is no ${person} on the staff register`);
  const days = daysBetween(from, to);
  const [first, last] = [dayNumber(from), dayNumber(to)];
  const [result] = await desk.evaluate([entry], days, asOf);
  if (!result) throw new AppError("not-found", `there is no ${person}`);
  const requests = await desk.judgeRequests(entry, asOf);
  return {
    ...toPerson(entry),
    days: result.days.map((day) => toDay(day, desk.time)),
    counters: countYear(result.days, yearOfDay(last)),
    requests: requests.filter(({ request }) => request.fromDay <= last && request.toDay >= first).map(toRequest),
    duplicates: result.duplicates,
    aside: await desk.aside([first, last], { people: [entry], nobody: false, asOf }),
  };
}

function daysBetween(from: string, to: string): number[] {
  const [first, last] = [dayNumber(from), dayNumber(to)];
  if (last < first || last - first > DAYS_MAX)
    throw new AppError("bad-request", `at most ${DAYS_MAX} days, from before to`);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

function toRequest({ request, verdict }: { request: Request; verdict: RequestVerdict }): RequestView {
  const { id, type, fromDay, fromHalf, toDay, toHalf, appliedAt } = request;
  const until = verdict.state === "pending" ? verdict.until : undefined;
  return {
    id,
    type,
    fromDate: dateOfDay(fromDay),
    fromHalf,
    toDate: dateOfDay(toDay),
    toHalf,
    appliedAt: formatInstant(appliedAt),
    state: verdict.state,
    article: verdict.article,
    reason: verdict.state === "invalid" ? verdict.reason : null,
    until: until === undefined ? null : formatInstant(until),
  };
}
