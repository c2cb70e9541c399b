import { expect, it } from "vitest";
import { compareWithStaff } from "../../../collector/clocks/staff-comparison.ts";

const STAFF = [
  { person: "G1", name: "张三", to: null, users: [{ clock: "*", user: "1" }] },
  { person: "G2", name: "李四", to: "2026-11-20", users: [{ clock: "*", user: "2" }] },
  { person: "G3", name: "王五", to: null, users: [{ clock: "SN-2", user: "3" }] },
  { person: "G4", name: "赵六", to: "2026-11-24", users: [{ clock: "SN-1", user: "4" }] },
  { person: "G5", name: "钱七", to: "2026-01-01", users: [{ clock: "*", user: "5" }] },
];

it("tells unknown users, missing people, and those who have left, each clock for itself", () => {
  const users = [...["1", "2", "3", "1"].map((user) => ({ user })), { user: "9", nameOnClock: "孙八" }];
  expect(compareWithStaff(users, STAFF, { clock: "SN-1", today: "2026-11-24" })).toEqual({
    known: 1,
    unknown: [{ user: "3" }, { user: "9", nameOnClock: "孙八" }],
    missing: [{ user: "4", person: "G4", name: "赵六" }],
    left: [{ user: "2", person: "G2", name: "李四", to: "2026-11-20" }],
  });
});
