import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { countYear } from "../../../collector/attendance/counters.ts";
import type { Explanation, Meeting, PersonFacts, Punch, Request } from "../../../collector/attendance/facts.ts";
import { type EvaluationContext, evaluatePerson } from "../../../collector/attendance/person.ts";
import { DEFAULT_SETTINGS } from "../../../collector/attendance/settings.ts";
import { dayOfDate, siteTime, weekdayOfDay } from "../../../collector/attendance/site-time.ts";
import type { DayResult, SlotStatus } from "../../../collector/attendance/status.ts";

const time = siteTime("Asia/Shanghai");
const MONDAY = dayOfDate("2026-03-09") as number;
const WEEK = [0, 1, 2, 3, 4, 5, 6].map((offset) => MONDAY + offset);
const isWeekend = (day: number) => [0, 6].includes(weekdayOfDay(day));

const at = fc
  .tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 86_399 }))
  .map(([offset, seconds]) => time.instant(MONDAY + offset, seconds));

const punch: fc.Arbitrary<Punch> = fc.record({
  id: fc.uuid(),
  at,
  device: fc.constantFrom("C1", "C2"),
  receivedAt: at,
  pin: fc.option(fc.constant("9999"), { nil: undefined, freq: 8 }),
});

const half = fc.constantFrom("am" as const, "pm" as const);

const request: fc.Arbitrary<Request> = fc.record({
  id: fc.uuid(),
  type: fc.constantFrom("official" as const, "personal" as const, "sick" as const, "annual" as const),
  fromDay: fc.constantFrom(...WEEK),
  fromHalf: half,
  toDay: fc.constantFrom(...WEEK),
  toHalf: half,
  appliedAt: at,
  approvals: fc.array(
    fc.record({
      role: fc.constantFrom("window_head" as const, "home_unit" as const),
      by: fc.constantFrom("H1", "P1"),
      at,
      result: fc.constantFrom("approve" as const, "reject" as const),
    }),
    { maxLength: 3 },
  ),
  substituteAt: fc.option(at, { nil: undefined }),
});

const meeting: fc.Arbitrary<Meeting> = fc.record({
  id: fc.uuid(),
  organisedByBureau: fc.boolean(),
  start: at,
  end: at,
  signInAt: fc.option(at, { nil: undefined }),
});

const explanation: fc.Arbitrary<Explanation> = fc.record({
  id: fc.uuid(),
  day: fc.constantFrom(...WEEK),
  half,
  actualSeconds: fc.integer({ min: 0, max: 86_399 }),
  result: fc.constantFrom("confirmed" as const, "refused" as const),
  confirmedBy: fc.constantFrom("BZ1", "P1"),
  confirmedAt: at,
});

const facts: fc.Arbitrary<PersonFacts> = fc.record({
  person: fc.record({
    id: fc.constant("P1"),
    kind: fc.constantFrom("window" as const, "office" as const),
    from: fc.constant(MONDAY),
  }),
  punches: fc.array(punch, { maxLength: 30 }),
  requests: fc.array(request, { maxLength: 3 }),
  meetings: fc.array(meeting, { maxLength: 2 }),
  explanations: fc.array(explanation, { maxLength: 2 }),
  deviceFaults: fc.constant([]),
  findings: fc.constant([]),
});

const asOf = fc.integer({ min: 0, max: 20 * 86_400 }).map((seconds) => time.instant(MONDAY, seconds));

function evaluate(of: PersonFacts, moment: number): DayResult[] {
  const context: EvaluationContext = {
    settings: DEFAULT_SETTINGS,
    time,
    workdays: (day) => (isWeekend(day) ? "restday" : "workday"),
    asOf: moment,
    systemStart: time.instant(MONDAY - 30, 0),
  };
  return evaluatePerson(of, WEEK, context).days;
}

const statuses = (days: DayResult[]): SlotStatus[] => days.flatMap(({ am, pm }) => [am.status, pm.status]);

describe("whatever the evidence", () => {
  test("the order of the punches changes nothing", () => {
    fc.assert(
      fc.property(facts, asOf, fc.nat(), (one, moment, turn) => {
        const cut = one.punches.length === 0 ? 0 : turn % one.punches.length;
        const shuffled = [...one.punches.slice(cut), ...one.punches.slice(0, cut)].reverse();
        expect(evaluate({ ...one, punches: shuffled }, moment)).toEqual(evaluate(one, moment));
      }),
    );
  });

  test("a punch read again, live and from the log, changes no status", () => {
    fc.assert(
      fc.property(facts, asOf, (one, moment) => {
        const again = one.punches.map((punch) => ({ ...punch, id: `${punch.id}-again` }));
        expect(statuses(evaluate({ ...one, punches: [...one.punches, ...again] }, moment))).toEqual(
          statuses(evaluate(one, moment)),
        );
      }),
    );
  });

  test("more punches, meetings or applications never make a normal slot 旷工", () => {
    fc.assert(
      fc.property(facts, facts, asOf, (one, more, moment) => {
        const before = statuses(evaluate(one, moment));
        const after = statuses(
          evaluate(
            {
              ...one,
              punches: [...one.punches, ...more.punches],
              requests: [...one.requests, ...more.requests],
              meetings: [...one.meetings, ...more.meetings],
            },
            moment,
          ),
        );
        const worsened = before.filter((status, index) => status === "normal" && after[index] === "absent");
        expect(worsened).toEqual([]);
      }),
    );
  });

  test("what is received or decided after the moment does not exist", () => {
    fc.assert(
      fc.property(facts, asOf, (one, moment) => {
        const known: PersonFacts = {
          ...one,
          punches: one.punches.filter(({ receivedAt }) => receivedAt <= moment),
          requests: one.requests
            .filter(({ appliedAt }) => appliedAt <= moment)
            .map((row) => ({ ...row, approvals: row.approvals.filter((word) => word.at <= moment) })),
          explanations: one.explanations.filter(({ confirmedAt }) => (confirmedAt ?? 0) <= moment),
          meetings: one.meetings.filter(({ signInAt }) => signInAt !== undefined && signInAt <= moment),
        };
        expect(statuses(evaluate(one, moment))).toEqual(statuses(evaluate(known, moment)));
      }),
    );
  });

  test("the counters are the sum of the days", () => {
    fc.assert(
      fc.property(facts, asOf, (one, moment) => {
        const days = evaluate(one, moment);
        const whole = countYear(days, 2026);
        const parts = days.map((day) => countYear([day], 2026));
        for (const key of Object.keys(whole) as (keyof typeof whole)[]) {
          expect(whole[key], key).toBe(parts.reduce((sum, part) => sum + part[key], 0));
        }
      }),
    );
  });

  test("nothing is 旷工 or 缺卡 on a rest day, and nothing is judged before its moment", () => {
    fc.assert(
      fc.property(facts, asOf, (one, moment) => {
        for (const { day, am, pm } of evaluate(one, moment)) {
          if (isWeekend(day)) expect([am.status, pm.status]).toEqual(["rest", "rest"]);
          else if (moment <= time.instant(day, DEFAULT_SETTINGS.arrivalWindow[0])) {
            expect(["absent", "missing"]).not.toContain(am.status);
          }
        }
      }),
    );
  });
});
