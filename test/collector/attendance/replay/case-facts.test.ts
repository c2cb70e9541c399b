/** What the text of a worked case means in the engine's own terms. */
import { describe, expect, test } from "vitest";
import { day, toFacts, toSettings, toWorkdays } from "../../../../collector/attendance/replay/case-facts.ts";
import { type AttendanceCase, attendanceCase } from "../../../../collector/attendance/replay/case-file.ts";
import { DEFAULT_SETTINGS, type Thresholds } from "../../../../collector/attendance/settings.ts";
import { dayOfDate } from "../../../../collector/attendance/site-time.ts";

const dayNumber = (date: string) => dayOfDate(date) as number;
const ms = (text: string) => Date.parse(text);

const caseOf = (part: Partial<Record<keyof AttendanceCase, unknown>>): AttendanceCase =>
  attendanceCase.parse({
    id: "C1",
    days: ["2026-03-10"],
    checkpoints: [{ asOf: "2026-03-10T12:00:00Z", expect: {} }],
    ...part,
  });

describe("settings", () => {
  test("without any text are the defaults of the house", () => {
    expect(toSettings()).toEqual(DEFAULT_SETTINGS);
    expect(toSettings(undefined, {})).toEqual(DEFAULT_SETTINGS);
  });

  test("overlay each other in turn, times becoming seconds of the day", () => {
    const whole = { lateAfter: "08:30:00", precision: "minute", arrivalWindow: ["07:30:00", "08:30:00"] } as const;
    const arrivalWindow: [string, string] = [...whole.arrivalWindow];
    expect(toSettings({ ...whole, arrivalWindow }, { lateAfter: "08:30:01", lateToAbsentMinutes: null })).toEqual({
      ...DEFAULT_SETTINGS,
      precision: "minute",
      arrivalWindow: [27_000, 30_600],
      lateAfter: 30_601,
    });
    expect(toSettings({ precision: "minute" }, { precision: "second", graceSeconds: 0 }).precision).toBe("second");
  });

  test("that a text leaves undefined are not touched", () => {
    expect(toSettings({ graceSeconds: undefined, lateAfter: undefined })).toEqual(DEFAULT_SETTINGS);
  });

  test("overlay the limits of the year one by one", () => {
    const only = (part: Partial<Thresholds>) => ({ thresholds: part as Thresholds });
    expect(toSettings(only({ absentMoreThan: 2 }), undefined, only({ lateEarlyAtLeast: 10 })).thresholds).toEqual({
      ...DEFAULT_SETTINGS.thresholds,
      absentMoreThan: 2,
      lateEarlyAtLeast: 10,
    });
  });
});

describe("the calendar of a file", () => {
  const CALENDAR = {
    years: ["2026"],
    holidays: ["2026-01-01"],
    makeupWorkdays: ["2026-01-04"],
    overrides: { "2026-03-11": "restday" as const, "2026-03-14": "workday" as const },
  };
  const types = (workdays: (day: number) => string | undefined, ...dates: string[]) =>
    dates.map((date) => workdays(dayNumber(date)));

  test("works Monday to Friday, but for holidays, make-up days and local notices", () => {
    const workdays = toWorkdays(CALENDAR, undefined);
    const week = ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06", "2026-03-07", "2026-03-08"];
    expect(types(workdays, ...week)).toEqual([...Array(5).fill("workday"), "restday", "restday"]);
    expect(types(workdays, "2026-01-01", "2026-01-04")).toEqual(["restday", "workday"]);
    expect(types(workdays, "2026-03-11", "2026-03-14")).toEqual(["restday", "workday"]);
  });

  test("knows nothing of a year that it does not list, but for single days by notice", () => {
    const workdays = toWorkdays(CALENDAR, { "2027-03-13": "workday" });
    expect(types(workdays, "2025-12-31", "2027-03-12", "2027-03-13")).toEqual([undefined, undefined, "workday"]);
  });

  test("yields to the notices of the case", () => {
    const workdays = toWorkdays(CALENDAR, { "2026-03-11": "workday", "2026-01-04": "restday" });
    expect(types(workdays, "2026-03-11", "2026-01-04", "2026-03-14")).toEqual(["workday", "restday", "workday"]);
  });
});

describe("the facts of a case", () => {
  const NONE = { punches: [], requests: [], meetings: [], explanations: [], deviceFaults: [], findings: [] };

  test("are of a person of a window, there since the system began, when nobody is named", () => {
    expect(toFacts(caseOf({}), "2026-01-01")).toEqual({
      ...NONE,
      person: { id: "P1", kind: "window", from: dayNumber("2026-01-01"), to: undefined },
    });
  });

  test("are of the person named, with the first and the last day", () => {
    const person = { id: "P7", kind: "office_head", from: "2026-02-01", to: "2026-06-30" };
    expect(toFacts(caseOf({ person }), "2026-01-01").person).toEqual({
      id: "P7",
      kind: "office_head",
      from: dayNumber("2026-02-01"),
      to: dayNumber("2026-06-30"),
    });
    expect(toFacts(caseOf({ person: { id: "P7", to: null } }), "2026-01-01").person.to).toBeUndefined();
  });

  test("number the evidence of each sort from one; a punch without a receipt came at once", () => {
    const punches = [
      { at: "2026-03-10T08:50:00+08:00", device: "C1" },
      { at: "2026-03-10T09:10:00Z", device: "C2", receivedAt: "2026-03-10T09:20:00Z", pin: "99" },
      { at: "2026-03-10T09:30:00Z", device: "C2", pin: null },
    ];
    expect(toFacts(caseOf({ punches }), "2026-01-01").punches).toEqual([
      { id: "punch-1", at: ms("2026-03-10T00:50:00Z"), device: "C1", receivedAt: ms("2026-03-10T00:50:00Z") },
      {
        id: "punch-2",
        at: ms("2026-03-10T09:10:00Z"),
        device: "C2",
        receivedAt: ms("2026-03-10T09:20:00Z"),
        pin: "99",
      },
      { id: "punch-3", at: ms("2026-03-10T09:30:00Z"), device: "C2", receivedAt: ms("2026-03-10T09:30:00Z") },
    ]);
  });

  test("take an application with its approvals, certificate and cancellation", () => {
    const request = {
      type: "sick",
      fromDate: "2026-03-10",
      fromHalf: "pm",
      toDate: "2026-03-11",
      toHalf: "am",
      appliedAt: "2026-03-10T00:00:00Z",
    };
    const approval = { role: "home_unit", by: "D1", result: "reject" };
    const whole = {
      ...request,
      approvals: [{ ...approval, at: "2026-03-10T01:00:00Z" }],
      certificate: { at: "2026-03-10T02:00:00Z", hospitalQualified: false },
      cancelledAt: "2026-03-10T03:00:00Z",
    };
    const plain = {
      type: "sick",
      fromDay: dayNumber("2026-03-10"),
      fromHalf: "pm",
      toDay: dayNumber("2026-03-11"),
      toHalf: "am",
      appliedAt: ms("2026-03-10T00:00:00Z"),
      approvals: [],
    };
    expect(toFacts(caseOf({ requests: [whole, request] }), "2026-01-01").requests).toEqual([
      {
        ...plain,
        id: "request-1",
        approvals: [{ ...approval, at: ms("2026-03-10T01:00:00Z") }],
        certificate: { at: ms("2026-03-10T02:00:00Z"), hospitalQualified: false },
        cancelledAt: ms("2026-03-10T03:00:00Z"),
      },
      { ...plain, id: "request-2" },
    ]);
  });

  test("have a substitute in place from the application on, or from the moment that is given", () => {
    const request = {
      type: "annual",
      fromDate: "2026-03-10",
      fromHalf: "am",
      toDate: "2026-03-10",
      toHalf: "pm",
      appliedAt: "2026-03-09T00:00:00Z",
    };
    const requests = [
      { ...request, substituteInPlace: true },
      { ...request, substituteInPlace: false },
      { ...request, substituteInPlace: true, substituteAt: "2026-03-10T00:00:00Z" },
    ];
    const { requests: read } = toFacts(caseOf({ requests }), "2026-01-01");
    expect(read.map(({ substituteAt }) => substituteAt)).toEqual([
      ms("2026-03-09T00:00:00Z"),
      undefined,
      ms("2026-03-10T00:00:00Z"),
    ]);
  });

  test("take meetings, written records, broken clocks and posts found empty", () => {
    const meeting = { organisedByBureau: false, start: "2026-03-10T00:30:00Z", end: "2026-03-10T03:00:00Z" };
    const record = { date: "2026-03-10", half: "pm", actualTime: "17:05:00" };
    const facts = toFacts(
      caseOf({
        meetings: [meeting, { ...meeting, signInAt: "2026-03-10T00:20:00Z" }],
        explanations: [
          { ...record, result: "open", confirmedBy: null, confirmedAt: null },
          {
            ...record,
            result: "confirmed",
            confirmedBy: "BZ1",
            confirmedAt: "2026-03-11T00:00:00Z",
            waived: true,
          },
        ],
        deviceFaults: [{ device: "C1", from: "2026-03-10T00:00:00Z", to: "2026-03-10T01:00:00Z" }],
        findings: [
          {
            date: "2026-03-10",
            half: "am",
            kind: "left_post",
            foundAt: "2026-03-10T02:30:00Z",
            confirmedAt: "2026-03-10T10:00:00Z",
          },
        ],
      }),
      "2026-01-01",
    );
    const held = { organisedByBureau: false, start: ms("2026-03-10T00:30:00Z"), end: ms("2026-03-10T03:00:00Z") };
    const written = { day: dayNumber("2026-03-10"), half: "pm", actualSeconds: 61_500 };
    expect(facts).toMatchObject({
      meetings: [
        { id: "meeting-1", ...held, signInAt: undefined },
        { id: "meeting-2", ...held, signInAt: ms("2026-03-10T00:20:00Z") },
      ],
      explanations: [
        { id: "record-1", ...written, result: "open", confirmedBy: undefined, confirmedAt: undefined },
        {
          id: "record-2",
          ...written,
          result: "confirmed",
          confirmedBy: "BZ1",
          confirmedAt: ms("2026-03-11T00:00:00Z"),
          waived: true,
        },
      ],
      deviceFaults: [{ id: "fault-1", device: "C1", from: ms("2026-03-10T00:00:00Z"), to: ms("2026-03-10T01:00:00Z") }],
      findings: [
        {
          id: "finding-1",
          day: dayNumber("2026-03-10"),
          half: "am",
          kind: "left_post",
          foundAt: ms("2026-03-10T02:30:00Z"),
          confirmedAt: ms("2026-03-10T10:00:00Z"),
        },
      ],
    });
  });
});

test("a date or a time that the schema lets through and no calendar has is a fault of the program", () => {
  expect(() => day("2026-02-30")).toThrow(new RangeError("no such date: 2026-02-30"));
  expect(() => toSettings({ lateAfter: "24:00:00" })).toThrow(new RangeError("no such time: 24:00:00"));
});
