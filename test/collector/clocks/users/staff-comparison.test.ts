import { expect, it } from "vitest";
import { compareWithStaff, type RegisteredPerson } from "../../../../collector/clocks/users/staff-comparison.ts";

function person(id: string, name: string, to: string | null, ...users: string[]): RegisteredPerson {
  const toUser = (text: string) => {
    const [clock = "", user] = text.split(":");
    return user === undefined ? { clock: "*", user: clock } : { clock, user };
  };
  return { person: id, name, from: "2026-01-01", to, users: users.map(toUser) };
}

const HERE = { clock: "SN-1", today: "2026-11-24" };
const onClock = (...users: string[]) => users.map((user) => ({ user }));

it("tells unknown users, missing people, and those who have left, each clock for itself", () => {
  const staff = [
    person("G1", "张三", null, "1"),
    person("G2", "李四", "2026-11-20", "2"),
    person("G3", "王五", null, "SN-2:3"),
    person("G4", "赵六", "2026-11-24", "SN-1:4"),
    person("G5", "钱七", "2026-01-01", "5"),
  ];
  const users = [...onClock("1", "2", "3", "1"), { user: "9", nameOnClock: "孙八" }];
  expect(compareWithStaff(users, staff, HERE)).toEqual({
    known: [{ user: "1", person: "G1", name: "张三" }],
    unknown: [{ user: "3" }, { user: "9", nameOnClock: "孙八" }],
    missing: [{ user: "4", person: "G4", name: "赵六" }],
    left: [{ user: "2", person: "G2", name: "李四", to: "2026-11-20" }],
  });
});

it.each([
  ["before", [person("G1", "张三", null, "SN-1:7"), person("G2", "李四", null, "7")]],
  ["after", [person("G2", "李四", null, "7"), person("G1", "张三", null, "SN-1:7")]],
])("an id given for this clock is stronger than the same for every clock, %s it in the register", (_where, staff) => {
  expect(compareWithStaff(onClock("7"), staff, HERE).known).toEqual([{ user: "7", person: "G1", name: "张三" }]);
});

it("whoever has an id of their own on this clock is not wanted on it under that for every clock", () => {
  const staff = [person("G1", "张三", null, "1024", "SN-1:7")];
  expect(compareWithStaff([], staff, HERE).missing).toEqual([{ user: "7", person: "G1", name: "张三" }]);
  expect(compareWithStaff(onClock("1024", "7"), staff, HERE).unknown).toEqual([{ user: "1024" }]);
  expect(compareWithStaff([], staff, { ...HERE, clock: "SN-2" }).missing).toMatchObject([{ user: "1024" }]);
});

it("whoever comes later is not missing yet, and not unknown if already enrolled", () => {
  const staff = [{ ...person("G1", "张三", null, "1"), from: "2026-12-01" }];
  expect(compareWithStaff([], staff, HERE).missing).toEqual([]);
  expect(compareWithStaff(onClock("1"), staff, HERE)).toMatchObject({ unknown: [], known: [{ user: "1" }] });
});
