import { describe, expect, test } from "vitest";
import { ATTENDANCE_DECISION_BODIES, type AttendanceKind } from "../../../collector/registry/attendance-decisions.ts";

const REQUEST = {
  id: "R1",
  person: "0012",
  type: "personal",
  fromDate: "2026-03-05",
  fromHalf: "am",
  toDate: "2026-03-06",
  toHalf: "am",
  appliedAt: "2026-03-04T01:00:00.000Z",
};
const MEETING = { id: "M1", title: "例会", organisedByBureau: true };
const BROKEN = { id: "F1", clock: "C1" };
const STAFF = { person: "0012", name: "张㛃", unit: "社保窗口", kind: "window", users: [], from: "2026-03-02" };
const [NINE, TEN] = ["2026-03-05T01:00:00.000Z", "2026-03-05T02:00:00.000Z"];

function faults(kind: AttendanceKind, body: object): string[] {
  const parsed = ATTENDANCE_DECISION_BODIES[kind].safeParse({ ...body, by: "officer" });
  return parsed.success ? [] : parsed.error.issues.map(({ path }) => path.join("."));
}

describe("a row whose end lies before its beginning is refused at the end", () => {
  test.each<[string, AttendanceKind, object, string[]]>([
    ["an application over two days", "attendance.requested", REQUEST, []],
    ["an application of one half-day", "attendance.requested", { ...REQUEST, toDate: "2026-03-05" }, []],
    [
      "an application that ends the day before",
      "attendance.requested",
      { ...REQUEST, toDate: "2026-03-04" },
      ["toDate"],
    ],
    [
      "an application from the afternoon to the morning of one day",
      "attendance.requested",
      { ...REQUEST, fromHalf: "pm", toDate: "2026-03-05" },
      ["toDate"],
    ],
    ["a meeting of an hour", "attendance.meeting", { ...MEETING, start: NINE, end: TEN }, []],
    ["a meeting that ends before it starts", "attendance.meeting", { ...MEETING, start: TEN, end: NINE }, ["end"]],
    ["a clock broken for an hour", "attendance.clock-broken", { ...BROKEN, from: NINE, to: TEN }, []],
    ["a clock broken backwards", "attendance.clock-broken", { ...BROKEN, from: TEN, to: NINE }, ["to"]],
    ["somebody still here", "staff.registered", { ...STAFF, to: null }, []],
    ["somebody here for one day", "staff.registered", { ...STAFF, to: "2026-03-02" }, []],
    ["somebody who left before coming", "staff.registered", { ...STAFF, to: "2026-03-01" }, ["to"]],
  ])("%s", (_what, kind, body, expected) => {
    expect(faults(kind, body)).toEqual(expected);
  });
});
