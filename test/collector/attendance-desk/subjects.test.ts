import { describe, expect, test } from "vitest";
import { Subjects } from "../../../collector/attendance-desk/subjects.ts";
import type { AttendanceBody, AttendanceDecision } from "../../../collector/registry/attendance-decisions.ts";
import { iso, register } from "../../support/attendance-site.ts";

const at = iso("2026-03-02 09:00:00");
const by = "test";

function requested(id: string, person: string): AttendanceDecision {
  const span = { fromDate: "2026-03-02", fromHalf: "am" as const, toDate: "2026-03-02", toHalf: "pm" as const };
  return { kind: "attendance.requested", body: { id, person, type: "personal", ...span, appliedAt: at, by } };
}

const approval: Omit<AttendanceBody<"attendance.approved">, "request"> = {
  role: "window_head",
  approver: "0013",
  result: "approve",
  at,
  by,
};

/** Whom each row touches, told one after the other. */
function touched(...rows: AttendanceDecision[]): (readonly string[] | undefined)[] {
  const subjects = new Subjects();
  return rows.map((row) => subjects.take(row));
}

describe("whom a row is about", () => {
  test("an application, and what is decided and handed in about it, touch who applied", () => {
    expect(
      touched(
        requested("R1", "0012"),
        requested("R2", "0014"),
        { kind: "attendance.approved", body: { request: "R1", ...approval } },
        { kind: "attendance.certified", body: { request: "R2", at, hospitalQualified: true, by } },
        { kind: "attendance.substituted", body: { request: "R1", substitute: "0014", at, by } },
        { kind: "attendance.cancelled", body: { request: "R1", at, by } },
      ),
    ).toEqual([["0012"], ["0014"], ["0012"], ["0014"], ["0012"], ["0012"]]);
  });

  test("a corrected row that moves to another person touches both", () => {
    expect(
      touched(requested("R1", "0012"), requested("R1", "0014"), {
        kind: "attendance.approved",
        body: { request: "R1", ...approval },
      }),
    ).toEqual([["0012"], ["0012", "0014"], ["0014"]]);
  });

  test("written records, inspections and sign-ins touch the person; ids of one kind are not those of another", () => {
    const half = { date: "2026-03-02", half: "am" as const };
    expect(
      touched(
        { kind: "attendance.explained", body: { id: "1", person: "0012", ...half, actualTime: "08:50:00", by } },
        { kind: "attendance.left-post", body: { id: "1", person: "0014", ...half, foundAt: at, by } },
        {
          kind: "attendance.explanation-decided",
          body: { explanation: "1", result: "confirmed", confirmedBy: "0013", at, by },
        },
        { kind: "attendance.left-post-confirmed", body: { finding: "1", at, by } },
        { kind: "attendance.signed-in", body: { meeting: "M", person: "0015", at, by } },
      ),
    ).toEqual([["0012"], ["0014"], ["0012"], ["0014"], ["0015"]]);
  });

  test("a row about what does not exist, and a lock, touch nobody", () => {
    expect(
      touched(
        { kind: "attendance.approved", body: { request: "R9", ...approval } },
        { kind: "attendance.month-locked", body: { month: "2026-03", unit: "社保窗口", by } },
      ),
    ).toEqual([[], []]);
  });

  test("the register, meetings, broken clocks and the calendar may touch anybody", () => {
    expect(
      touched(
        register("0012", "张㛃", "12"),
        { kind: "attendance.started", body: { date: "2026-03-02", by } },
        {
          kind: "attendance.meeting",
          body: { id: "M", title: "例会", organisedByBureau: true, start: at, end: at, by },
        },
        { kind: "attendance.clock-broken", body: { id: "F", clock: "C1", from: at, to: at, by } },
        { kind: "calendar.day", body: { date: "2026-03-02", type: "restday", source: "局通知", by } },
      ),
    ).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });
});
