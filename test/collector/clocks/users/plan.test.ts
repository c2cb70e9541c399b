import { describe, expect, it } from "vitest";
import { planUsers, removalsOf, type UsersRequest } from "../../../../collector/clocks/users/plan.ts";
import type { StaffComparison } from "../../../../collector/clocks/users/staff-comparison.ts";

const COMPARISON: StaffComparison = {
  known: [{ user: "1", person: "G1", name: "张三" }],
  unknown: [{ user: "9" }],
  missing: [{ user: "3", person: "G3", name: "王五" }],
  left: [{ user: "2", person: "G2", name: "李四", to: "2026-11-20" }],
};

const plan = (request: Partial<UsersRequest>) =>
  planUsers(COMPARISON, { action: "sync", users: [], force: false, ...request }).map(
    ({ action, user, fault }) => `${action} ${user}${fault ? ` ${fault}` : ""}`,
  );

describe("a plan", () => {
  it("to sync adds whoever is missing and removes whoever left, and leaves the unknown", () => {
    expect(plan({})).toEqual(["add 3", "remove 2"]);
  });

  it.each([
    ["add", ["add 3"]],
    ["remove", ["remove 2"]],
  ] as const)("to %s without users is for all that differ in that", (action, steps) => {
    expect(plan({ action })).toEqual(steps);
  });

  it("to add adds only people of the register who are here and not on the clock", () => {
    expect(plan({ action: "add", users: ["3", "1", "2", "9", "77", "3"] })).toEqual([
      "add 3",
      "add 1 already-there",
      "add 2 has-left",
      "add 9 already-there",
      "add 77 not-in-register",
    ]);
  });

  it("to remove takes the unknown too when they are named, and whoever is in the register only by force", () => {
    const users = ["9", "2", "1", "77"];
    const steps = ["remove 9", "remove 2", "remove 1 in-register", "remove 77 not-on-clock"];
    expect(plan({ action: "remove", users })).toEqual(steps);
    expect(plan({ action: "remove", users, force: true })).toEqual(["remove 9", "remove 2", "remove 1", steps[3]]);
  });

  it("counts the removals that it would make", () => {
    const steps = planUsers(COMPARISON, { action: "remove", users: ["9", "2", "1"], force: false });
    expect(removalsOf(steps)).toBe(2);
    expect(removalsOf(planUsers(COMPARISON, { action: "sync", users: [], force: false }))).toBe(1);
  });
});
