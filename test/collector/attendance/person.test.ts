/** What a slot shows beside its status: the clause, the moment, the evidence, and the flag 时段外 (KQ 1(一)). */
import { expect, test } from "vitest";
import type { PersonFacts } from "../../../collector/attendance/facts.ts";
import { evaluatePerson } from "../../../collector/attendance/person.ts";
import { DEFAULT_SETTINGS } from "../../../collector/attendance/settings.ts";
import { dayOfDate, secondsOfTime, siteTime } from "../../../collector/attendance/site-time.ts";

const time = siteTime("Asia/Shanghai");
const TUESDAY = dayOfDate("2026-03-10") as number;
const at = (text: string) => time.instant(TUESDAY, secondsOfTime(text) as number);

function evaluate(punches: readonly string[], more: Partial<PersonFacts> = {}) {
  const facts: PersonFacts = {
    person: { id: "P1", kind: "window", from: TUESDAY },
    punches: punches.map((text) => ({ id: text, at: at(text), device: "C1", receivedAt: at(text) })),
    requests: [],
    meetings: [],
    explanations: [],
    deviceFaults: [],
    findings: [],
    ...more,
  };
  const context = {
    settings: DEFAULT_SETTINGS,
    time,
    workdays: () => "workday" as const,
    asOf: time.instant(TUESDAY + 7, 0),
    systemStart: 0,
  };
  const [day] = evaluatePerson(facts, [TUESDAY], context).days;
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
