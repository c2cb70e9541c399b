/** The format of worked cases: the evidence of a case and what it expects; what may be left out, and what is refused. */
import { describe, expect, test } from "vitest";
import {
  APPROVAL,
  CASE,
  CHECKPOINT,
  FAULT,
  FILE,
  FINDING,
  MEETING,
  MOMENT,
  NO_BOOLEAN,
  NO_DATE,
  NO_HALF,
  NO_INSTANT,
  NO_TEXT,
  NO_TIME,
  PUNCH,
  RECORD,
  REQUEST,
  read,
  refused,
  refuseEach,
  withCase,
} from "./support/case-text.ts";

describe("a case", () => {
  test("is its id, its days and its checkpoints; evidence left out is none", () => {
    const none = { punches: [], requests: [], meetings: [], explanations: [], deviceFaults: [], findings: [] };
    expect(read(withCase({})).cases).toEqual([{ ...CASE, ...none }]);
    const wrong = {
      id: NO_TEXT,
      title: [7],
      title_zh: [7],
      basis: [7],
      days: [undefined, [], ["2026-02-30"]],
      year: [2026.5, "2026"],
      config: [{ graceMinutes: 1 }, { lateAfter: "9:00:00" }],
      openingBalance: [{ late: "3" }],
      calendarOverrides: [{ "2026-02-30": "restday" }, { "2026-03-10": "holiday" }],
      checkpoints: [undefined, []],
    };
    refuseEach(CASE, wrong, (one) => ({ ...FILE, cases: [one] }));
  });

  test("may say what it is about, for whom, in which year and with what carried over", () => {
    const told = {
      title: "late",
      title_zh: "迟到",
      basis: "KQ 1",
      year: 2026,
      config: { graceSeconds: 60 },
      person: { id: "P1", kind: "office_head", from: "2026-01-01", to: null },
      openingBalance: { late: 3 },
      calendarOverrides: { "2026-03-10": "restday", "2026-03-14": "workday" },
    };
    expect(read(withCase(told)).cases).toMatchObject([told]);
    const wrong = { id: NO_TEXT, kind: ["boss"], from: ["2026-02-30"], to: ["2026-02-30"] };
    refuseEach({ id: "P1" }, wrong, (person) => withCase({ person }));
  });

  test("has punches, with their receipt and a foreign user id where it matters", () => {
    const wrong = { at: NO_INSTANT, device: NO_TEXT, receivedAt: NO_INSTANT.slice(1), pin: [7] };
    refuseEach(PUNCH, wrong, (punch) => withCase({ punches: [punch] }));
    const punches = [PUNCH, { ...PUNCH, receivedAt: MOMENT, pin: "99" }, { ...PUNCH, pin: null }];
    expect(read(withCase({ punches })).cases[0]?.punches).toEqual(punches);
  });

  test("has applications with approvals, a certificate, a substitute and a cancellation", () => {
    const wrong = {
      type: [undefined, "holiday"],
      fromDate: NO_DATE,
      fromHalf: NO_HALF,
      toDate: NO_DATE,
      toHalf: NO_HALF,
      appliedAt: NO_INSTANT,
      approvals: [null, [{}]],
      certificate: [{}, { at: MOMENT }, { hospitalQualified: true }, { at: "now", hospitalQualified: true }],
      substituteInPlace: ["yes"],
      substituteAt: ["soon"],
      cancelledAt: ["soon"],
    };
    refuseEach(REQUEST, wrong, (request) => withCase({ requests: [request] }));
    const words = { role: [undefined, "mayor"], by: NO_TEXT, at: NO_INSTANT, result: [undefined, "perhaps"] };
    refuseEach(APPROVAL, words, (word) => withCase({ requests: [{ ...REQUEST, approvals: [word] }] }));
    const whole = {
      ...REQUEST,
      approvals: [APPROVAL, { ...APPROVAL, result: "reject" }],
      certificate: { at: MOMENT, hospitalQualified: false },
      substituteInPlace: true,
      substituteAt: MOMENT,
      cancelledAt: MOMENT,
    };
    const nulls = { ...REQUEST, approvals: [], certificate: null, cancelledAt: null };
    expect(read(withCase({ requests: [whole, nulls, REQUEST] })).cases[0]?.requests).toEqual([
      whole,
      nulls,
      { ...REQUEST, approvals: [] },
    ]);
  });

  test("has meetings, written records, broken clocks and posts found empty", () => {
    refuseEach(
      MEETING,
      { organisedByBureau: NO_BOOLEAN, start: NO_INSTANT, end: NO_INSTANT, signInAt: ["soon"] },
      (meeting) => withCase({ meetings: [meeting] }),
    );
    refuseEach(
      RECORD,
      {
        date: NO_DATE,
        half: NO_HALF,
        actualTime: NO_TIME,
        reason: [7],
        result: [undefined, "perhaps"],
        confirmedBy: [7],
        confirmedAt: ["soon"],
        waived: ["yes"],
      },
      (record) => withCase({ explanations: [record] }),
    );
    refuseEach(FAULT, { device: NO_TEXT, from: NO_INSTANT, to: NO_INSTANT }, (fault) =>
      withCase({ deviceFaults: [fault] }),
    );
    refuseEach(
      FINDING,
      { date: NO_DATE, half: NO_HALF, kind: [undefined, "asleep"], foundAt: NO_INSTANT, confirmedAt: ["soon"] },
      (finding) => withCase({ findings: [finding] }),
    );
    const evidence = {
      meetings: [MEETING, { ...MEETING, signInAt: null }, { ...MEETING, signInAt: MOMENT }],
      explanations: [
        RECORD,
        { ...RECORD, result: "refused", confirmedBy: null, confirmedAt: null },
        { ...RECORD, result: "open", reason: "路上堵车", confirmedBy: "BZ1", confirmedAt: MOMENT, waived: true },
      ],
      deviceFaults: [FAULT],
      findings: [FINDING, { ...FINDING, confirmedAt: null }, { ...FINDING, confirmedAt: MOMENT }],
    };
    expect(read(withCase(evidence)).cases[0]).toMatchObject(evidence);
  });

  test("expects what it names at each checkpoint, and nothing unheard of", () => {
    const wrong = {
      days: [{ "2026-02-30": {} }, { "2026-03-10": { noon: "late" } }, { "2026-03-10": { am: 1 } }],
      counters: [{ late: "1" }],
      disqualified: ["no"],
      reasons: ["absent", [1]],
      quarantined: [0.5],
      unmatched: [0.5],
      duplicates: [0.5],
      warnings: [[]],
    };
    refuseEach({}, wrong, (expected) => withCase({ checkpoints: [{ asOf: MOMENT, expect: expected }] }));
    refuseEach(CHECKPOINT, { asOf: NO_INSTANT, expect: [undefined] }, (checkpoint) =>
      withCase({ checkpoints: [checkpoint] }),
    );
    for (const slot of [{ dayType: 1 }, { pm: 1 }]) {
      const expected = { days: { "2026-03-10": slot } };
      expect(() => read(withCase({ checkpoints: [{ asOf: MOMENT, expect: expected }] }))).toThrow(refused);
    }
    const named = {
      days: { "2026-03-10": { dayType: "workday", am: "late", pm: "normal" }, "2026-03-11": {} },
      counters: { late: 1 },
      disqualified: false,
      reasons: ["absent"],
      quarantined: 0,
      unmatched: 0,
      duplicates: 0,
    };
    const [one] = read(withCase({ checkpoints: [{ asOf: MOMENT, expect: named }] })).cases;
    expect(one?.checkpoints).toEqual([{ asOf: MOMENT, expect: named }]);
  });
});
