/** The days of one person: what a slot shows beside its status, days that are not judged, and what is counted aside. */
import { describe, expect, test } from "vitest";
import type { PersonFacts, Request, Workdays } from "../../../collector/attendance/facts.ts";
import { type EvaluationContext, evaluatePerson } from "../../../collector/attendance/person.ts";
import { DEFAULT_SETTINGS } from "../../../collector/attendance/settings.ts";
import { dayOfDate, secondsOfTime, siteTime } from "../../../collector/attendance/site-time.ts";

const time = siteTime("Asia/Shanghai");
const TUESDAY = dayOfDate("2026-03-10") as number;
const at = (text: string) => time.instant(TUESDAY, secondsOfTime(text) as number);

const NO_FACTS: PersonFacts = {
  person: { id: "P1", kind: "window", from: TUESDAY },
  punches: [],
  requests: [],
  meetings: [],
  explanations: [],
  deviceFaults: [],
  findings: [],
};

const WEEK_LATER: EvaluationContext = {
  settings: DEFAULT_SETTINGS,
  time,
  workdays: () => "workday",
  asOf: time.instant(TUESDAY + 7, 0),
  systemStart: 0,
};

function evaluate(punches: readonly string[], more: Partial<PersonFacts> = {}) {
  const read = punches.map((text) => ({ id: text, at: at(text), device: "C1", receivedAt: at(text) }));
  const [day] = evaluatePerson({ ...NO_FACTS, punches: read, ...more }, [TUESDAY], WEEK_LATER).days;
  if (!day) throw new Error("no day");
  return day;
}

test.each([
  ["07:59:59", "18:00:01", "normal", "normal", true],
  ["08:00:00", "18:00:00", "normal", "normal", undefined],
  ["09:00:01", "16:59:59", "late", "early", undefined],
])("punches at %s and %s are %s and %s, outside the windows: %s", (arrival, departure, am, pm, outsideWindow) => {
  const day = evaluate([arrival, departure]);
  const punch = { article: "KQ 1(一)", ...(outsideWindow && { outsideWindow }) };
  expect(day.am).toEqual({ ...punch, status: am, rule: expect.any(String), evidence: [arrival], at: at(arrival) });
  expect(day.pm).toEqual({ ...punch, status: pm, rule: expect.any(String), evidence: [departure], at: at(departure) });
});

test("a post found empty outweighs a written record, and names the finding", () => {
  const day = evaluate(["08:50:00", "17:10:00"], {
    explanations: [
      {
        id: "record",
        day: TUESDAY,
        half: "am",
        actualSeconds: 8 * 3600,
        result: "confirmed",
        confirmedBy: "BZ1",
        confirmedAt: at("18:00:00"),
      },
    ],
    findings: [
      {
        id: "finding",
        day: TUESDAY,
        half: "am",
        kind: "left_post",
        foundAt: at("10:30:00"),
        confirmedAt: at("18:00:00"),
      },
    ],
  });
  expect(day.am).toMatchObject({ status: "absent", article: "KQ 2, 6", evidence: ["finding"] });
});

test("what did not hold is named with the 旷工 that it did not prevent", () => {
  const refused = {
    id: "record",
    day: TUESDAY,
    half: "am",
    actualSeconds: 8 * 3600,
    result: "refused",
    confirmedBy: "BZ1",
    confirmedAt: at("18:00:00"),
  } as const;
  expect(evaluate(["17:10:00"], { explanations: [refused] }).am).toMatchObject({
    status: "absent",
    article: "KQ 6",
    evidence: ["record"],
  });
});

describe("a day that is not judged", () => {
  const ABSENT = { status: "absent", article: "KQ 6", rule: "unexplained", evidence: [] };
  const REST = { status: "rest", article: "", rule: "rest-day", evidence: [] };
  const UNKNOWN = { status: "unknown", article: "历法未定", rule: "calendar-unknown", evidence: [] };
  const NOT_HERE = { status: "na", article: "", rule: "not-on-register", evidence: [] };

  const daysOf = (days: readonly number[], workdays: Workdays, to?: number) => {
    const facts = { ...NO_FACTS, person: { ...NO_FACTS.person, to } };
    return evaluatePerson(facts, days, { ...WEEK_LATER, workdays }).days;
  };
  const workday = () => "workday" as const;

  test("is one of rest, or one that no calendar knows: 历法未定, and nothing is final", () => {
    expect(daysOf([TUESDAY], () => "restday")).toEqual([{ day: TUESDAY, dayType: "restday", am: REST, pm: REST }]);
    expect(daysOf([TUESDAY], () => undefined)).toEqual([
      { day: TUESDAY, dayType: "unknown", am: UNKNOWN, pm: UNKNOWN },
    ]);
  });

  test("is one before the person came or after the person left; the first and the last day count", () => {
    const days = [TUESDAY - 1, TUESDAY, TUESDAY + 1, TUESDAY + 2];
    const shown = (slot: object, day: number) => ({ day, dayType: "workday", am: slot, pm: slot });
    expect(daysOf(days, workday, TUESDAY + 1)).toEqual([
      shown(NOT_HERE, TUESDAY - 1),
      shown(ABSENT, TUESDAY),
      shown(ABSENT, TUESDAY + 1),
      shown(NOT_HERE, TUESDAY + 2),
    ]);
    expect(daysOf([TUESDAY + 2], workday)).toEqual([shown(ABSENT, TUESDAY + 2)]);
  });

  test("is called by the calendar first: a day of rest before the person came is not on the register", () => {
    expect(daysOf([TUESDAY - 1], () => "restday")).toEqual([
      { day: TUESDAY - 1, dayType: "restday", am: NOT_HERE, pm: NOT_HERE },
    ]);
    expect(daysOf([TUESDAY - 1], () => undefined)).toMatchObject([{ dayType: "unknown", am: UNKNOWN }]);
  });
});

describe("of two applications that hold for one half-day", () => {
  const outing = (id: string, appliedAt: number): Request => ({
    id,
    type: "official",
    fromDay: TUESDAY,
    fromHalf: "am",
    toDay: TUESDAY,
    toHalf: "am",
    appliedAt,
    approvals: [{ role: "window_head", by: "H1", at: appliedAt, result: "approve" }],
  });
  const decidedBy = (...requests: Request[]) => evaluate([], { requests }).am.evidence;

  test("the one applied for first decides, in whatever order they are read", () => {
    const first = outing("z", at("08:00:00"));
    const second = outing("a", at("08:30:00"));
    expect(decidedBy(first, second)).toEqual(["z"]);
    expect(decidedBy(second, first)).toEqual(["z"]);
  });

  test("applied for at one moment the one with the lesser id decides", () => {
    const a = outing("a", at("08:00:00"));
    const b = outing("b", at("08:00:00"));
    expect(decidedBy(a, b)).toEqual(["a"]);
    expect(decidedBy(b, a)).toEqual(["a"]);
  });
});

test("the days come in the order asked for, with what was set aside of all the punches", () => {
  const read = (id: string, more: object = {}) => ({
    id,
    at: at("08:50:00"),
    device: "C1",
    receivedAt: at("08:50:00"),
    ...more,
  });
  const punches = [
    read("1"),
    read("2"),
    read("3"),
    read("4", { pin: "99" }),
    read("5", { device: "C2", receivedAt: at("08:00:00") }),
    read("6", { device: "C3", receivedAt: at("08:00:00") }),
    read("7", { device: "C4", receivedAt: at("08:00:00") }),
  ];
  const { days, ...counts } = evaluatePerson({ ...NO_FACTS, punches }, [TUESDAY + 1, TUESDAY], WEEK_LATER);
  expect(days.map(({ day, am }) => [day - TUESDAY, am.status])).toEqual([
    [1, "absent"],
    [0, "normal"],
  ]);
  expect(counts).toEqual({ duplicates: 2, unmatched: 1, quarantined: 3 });
});
