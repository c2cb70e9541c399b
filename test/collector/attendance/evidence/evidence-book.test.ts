/** What officers enter, row by row, and what the engine then knows of each person. */
import { describe, expect, test } from "vitest";
import { EvidenceBook, type EvidenceDecision } from "../../../../collector/attendance/evidence/evidence-book.ts";
import { dayOfDate } from "../../../../collector/attendance/site-time.ts";
import type { AttendanceBody, AttendanceKind } from "../../../../collector/registry/attendance-decisions.ts";
import type { PunchDecision } from "../../../../collector/registry/punch-decisions.ts";

const day = (date: string) => dayOfDate(date) as number;
const ms = (text: string) => Date.parse(text);
const NOTHING = { requests: [], meetings: [], explanations: [], deviceFaults: [], findings: [] };

type Row = { [Kind in AttendanceKind]: [Kind, Omit<AttendanceBody<Kind>, "by">] }[AttendanceKind];

function bookOf(...rows: (Row | [PunchDecision["kind"], object])[]): EvidenceBook {
  const book = new EvidenceBook();
  for (const [index, [kind, body]] of rows.entries()) {
    book.apply({ kind, body: { ...body, by: "BZ1" } } as EvidenceDecision, 1000 + index, 1 + index);
  }
  return book;
}

const ZHANG: Row = [
  "staff.registered",
  {
    person: "0012",
    name: "张三",
    unit: "社保窗口",
    kind: "window",
    from: "2026-03-01",
    to: null,
    users: [{ clock: "*", user: "12" }],
  },
];

const LEAVE: Row = [
  "attendance.requested",
  {
    id: "r1",
    person: "0012",
    type: "annual",
    fromDate: "2026-03-10",
    fromHalf: "pm",
    toDate: "2026-03-11",
    toHalf: "am",
    appliedAt: "2026-03-09T15:00:00+08:00",
  },
];

const LEAVE_ROW = {
  id: "r1",
  person: "0012",
  type: "annual",
  fromDay: day("2026-03-10"),
  fromHalf: "pm",
  toDay: day("2026-03-11"),
  toHalf: "am",
  appliedAt: ms("2026-03-09T07:00:00Z"),
  approvals: [],
};

describe("the staff register", () => {
  test("holds the latest entry of each person, without an end for who is still here", () => {
    const book = bookOf(ZHANG, ["staff.registered", { ...ZHANG[1], unit: "医保窗口", to: "2026-06-30" }]);
    expect(bookOf(ZHANG).staff.get("0012")).toEqual({
      id: "0012",
      name: "张三",
      unit: "社保窗口",
      kind: "window",
      from: day("2026-03-01"),
      to: undefined,
      users: [{ clock: "*", user: "12" }],
    });
    expect([...book.staff.values()]).toMatchObject([{ unit: "医保窗口", to: day("2026-06-30") }]);
  });

  test("remembers when its first person was entered, and the first day that counts once somebody says so", () => {
    const book = bookOf(["attendance.started", { date: "2026-02-01" }], ZHANG, ZHANG);
    expect(book.firstRegisteredAt).toBe(1001);
    expect(book.startedOn).toBe(day("2026-02-01"));
    expect(bookOf(ZHANG).startedOn).toBeUndefined();
  });

  test("refuses a date that no calendar has: the schema of the rows lets none through", () => {
    expect(() => bookOf(["attendance.started", { date: "2026-02-30" }])).toThrow(
      new RangeError("no such date: 2026-02-30"),
    );
  });
});

describe("an application", () => {
  test("is its person's alone", () => {
    const book = bookOf(LEAVE);
    expect(book.factsOf("0012")).toEqual({ ...NOTHING, requests: [LEAVE_ROW] });
    expect(book.factsOf("0013")).toEqual(NOTHING);
  });

  test("gathers approvals, its certificate, its substitute and its cancellation", () => {
    const book = bookOf(
      LEAVE,
      [
        "attendance.approved",
        { request: "r1", role: "window_head", approver: "H1", result: "approve", at: "2026-03-09T16:00:00+08:00" },
      ],
      [
        "attendance.approved",
        { request: "r1", role: "home_unit", approver: "D1", result: "reject", at: "2026-03-09T17:00:00+08:00" },
      ],
      ["attendance.certified", { request: "r1", at: "2026-03-12T08:00:00Z", hospitalQualified: false }],
      ["attendance.substituted", { request: "r1", substitute: "0020", at: "2026-03-10T00:30:00Z" }],
      ["attendance.cancelled", { request: "r1", at: "2026-03-10T01:00:00Z" }],
    );
    expect(book.factsOf("0012").requests).toEqual([
      {
        ...LEAVE_ROW,
        approvals: [
          { role: "window_head", by: "H1", result: "approve", at: ms("2026-03-09T08:00:00Z") },
          { role: "home_unit", by: "D1", result: "reject", at: ms("2026-03-09T09:00:00Z") },
        ],
        certificate: { at: ms("2026-03-12T08:00:00Z"), hospitalQualified: false },
        substituteAt: ms("2026-03-10T00:30:00Z"),
        cancelledAt: ms("2026-03-10T01:00:00Z"),
      },
    ]);
  });

  test("that nobody made is neither approved, certified, substituted nor cancelled", () => {
    const book = bookOf(
      [
        "attendance.approved",
        { request: "r9", role: "window_head", approver: "H1", result: "approve", at: "2026-03-09T16:00:00+08:00" },
      ],
      ["attendance.certified", { request: "r9", at: "2026-03-12T08:00:00Z", hospitalQualified: true }],
      ["attendance.substituted", { request: "r9", substitute: "0020", at: "2026-03-10T00:30:00Z" }],
      ["attendance.cancelled", { request: "r9", at: "2026-03-10T01:00:00Z" }],
      LEAVE,
    );
    expect(book.factsOf("0012").requests).toEqual([LEAVE_ROW]);
  });
});

describe("a punch whose time cannot be true", () => {
  const accepted = (at: string): [PunchDecision["kind"], object] => [
    "punch.accepted",
    { punch: 7, at, basis: "officer", measured: null, reason: "考勤机停电" },
  ];
  const rejected: [PunchDecision["kind"], object] = ["punch.rejected", { punch: 7, reason: "无从查证" }];

  test("counts at the time that an officer accepts, by the latest decision, until one rejects it", () => {
    const first = { at: ms("2026-03-10T00:50:00Z"), decision: 1, decidedAt: 1000 };
    expect([...bookOf(accepted("2026-03-10T08:50:00+08:00")).acceptedPunches]).toEqual([[7, first]]);
    const twice = bookOf(accepted("2026-03-10T08:50:00+08:00"), accepted("2026-03-10T08:55:00+08:00"));
    const second = { at: ms("2026-03-10T00:55:00Z"), decision: 2, decidedAt: 1001 };
    expect([...twice.acceptedPunches]).toEqual([[7, second]]);
    expect([...bookOf(accepted("2026-03-10T08:50:00+08:00"), rejected).acceptedPunches]).toEqual([]);
    expect([...bookOf(rejected).acceptedPunches]).toEqual([]);
  });
});

describe("a meeting", () => {
  const MEETING: Row = [
    "attendance.meeting",
    {
      id: "m1",
      title: "党组学习",
      organisedByBureau: true,
      start: "2026-03-10T08:30:00+08:00",
      end: "2026-03-10T11:00:00+08:00",
    },
  ];
  const SIGNED: Row = ["attendance.signed-in", { meeting: "m1", person: "0012", at: "2026-03-10T08:20:00+08:00" }];
  const SEEN = {
    id: "m1",
    organisedByBureau: true,
    start: ms("2026-03-10T00:30:00Z"),
    end: ms("2026-03-10T03:00:00Z"),
    signInAt: ms("2026-03-10T00:20:00Z"),
  };

  test("is evidence for those who signed in, whichever row came first", () => {
    expect(bookOf(MEETING, SIGNED).factsOf("0012")).toEqual({ ...NOTHING, meetings: [SEEN] });
    expect(bookOf(SIGNED, MEETING).factsOf("0012").meetings).toEqual([SEEN]);
    expect(bookOf(MEETING, SIGNED).factsOf("0013").meetings).toEqual([]);
  });

  test("that nobody called proves nothing", () => {
    expect(bookOf(SIGNED).factsOf("0012").meetings).toEqual([]);
  });

  test("is signed once by each: a second sign-in corrects the first, and that of another is his own", () => {
    const book = bookOf(
      MEETING,
      SIGNED,
      ["attendance.signed-in", { meeting: "m1", person: "0013", at: "2026-03-10T08:25:00+08:00" }],
      ["attendance.signed-in", { meeting: "m1", person: "0012", at: "2026-03-10T08:29:00+08:00" }],
    );
    expect(book.factsOf("0012").meetings).toEqual([{ ...SEEN, signInAt: ms("2026-03-10T00:29:00Z") }]);
    expect(book.factsOf("0013").meetings).toEqual([{ ...SEEN, signInAt: ms("2026-03-10T00:25:00Z") }]);
  });
});

describe("a written record of actual attendance", () => {
  const RECORD: Row = [
    "attendance.explained",
    { id: "e1", person: "0012", date: "2026-03-10", half: "am", actualTime: "08:50:10" },
  ];
  const OPEN = {
    id: "e1",
    person: "0012",
    day: day("2026-03-10"),
    half: "am",
    actualSeconds: 8 * 3600 + 50 * 60 + 10,
    result: "open",
  };

  test("is open until 保障服务处 decides on it", () => {
    const decided: Row = [
      "attendance.explanation-decided",
      { explanation: "e1", result: "confirmed", confirmedBy: "BZ1", at: "2026-03-11T10:00:00+08:00", waived: true },
    ];
    expect(bookOf(RECORD).factsOf("0012")).toEqual({ ...NOTHING, explanations: [OPEN] });
    expect(bookOf(RECORD, decided).factsOf("0012").explanations).toEqual([
      { ...OPEN, result: "confirmed", confirmedBy: "BZ1", confirmedAt: ms("2026-03-11T02:00:00Z"), waived: true },
    ]);
  });

  test("that nobody wrote is not confirmed", () => {
    const decided: Row = [
      "attendance.explanation-decided",
      { explanation: "e9", result: "confirmed", confirmedBy: "BZ1", at: "2026-03-11T10:00:00+08:00" },
    ];
    expect(bookOf(decided, RECORD).factsOf("0012").explanations).toEqual([OPEN]);
  });
});

test("a broken clock concerns everybody", () => {
  const book = bookOf([
    "attendance.clock-broken",
    { id: "f1", clock: "SN-1", from: "2026-03-10T08:00:00+08:00", to: "2026-03-10T09:30:00+08:00" },
  ]);
  const deviceFaults = [{ id: "f1", device: "SN-1", from: ms("2026-03-10T00:00:00Z"), to: ms("2026-03-10T01:30:00Z") }];
  expect(book.factsOf("0012")).toEqual({ ...NOTHING, deviceFaults });
  expect(book.factsOf("0013")).toEqual({ ...NOTHING, deviceFaults });
});

test("a post found empty waits for its confirmation", () => {
  const found: Row = [
    "attendance.left-post",
    { id: "d1", person: "0012", date: "2026-03-10", half: "pm", foundAt: "2026-03-10T15:00:00+08:00" },
  ];
  const finding = {
    id: "d1",
    person: "0012",
    day: day("2026-03-10"),
    half: "pm",
    kind: "left_post",
    foundAt: ms("2026-03-10T07:00:00Z"),
  };
  const confirmed: Row = ["attendance.left-post-confirmed", { finding: "d1", at: "2026-03-11T09:00:00+08:00" }];
  expect(bookOf(confirmed, found).factsOf("0012")).toEqual({ ...NOTHING, findings: [finding] });
  expect(bookOf(found, confirmed).factsOf("0012").findings).toEqual([
    { ...finding, confirmedAt: ms("2026-03-11T01:00:00Z") },
  ]);
});

test("notices enter the calendar: a year's table, and single days by the centre", () => {
  const book = bookOf(
    ["calendar.year", { year: 2027, holidays: ["2027-01-01"], makeUpDays: ["2027-01-03"], source: "国办发明电" }],
    ["calendar.day", { date: "2026-03-14", type: "workday", source: "局通知" }],
    ["calendar.day", { date: "2026-03-16", type: "restday", source: "局通知" }],
  );
  expect(book.enteredDays).toEqual({
    years: { 2027: { "2027-01-01": false, "2027-01-03": true } },
    days: { "2026-03-14": true, "2026-03-16": false },
  });
});

test("a month is locked unit by unit, from the moment of the row", () => {
  const book = bookOf(ZHANG, ["attendance.month-locked", { month: "2026-03", unit: "社保窗口" }]);
  expect([...book.locked]).toEqual([["2026-03|社保窗口", 1001]]);
});
