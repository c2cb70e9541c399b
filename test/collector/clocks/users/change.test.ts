import { describe, expect, it } from "vitest";
import type { DeviceUser, UserTable } from "../../../../collector/clocks/drivers/driver.ts";
import { applyChanges, previewChanges } from "../../../../collector/clocks/users/change.ts";
import type { UserStep } from "../../../../collector/clocks/users/plan.ts";
import { AppError } from "../../../../protocol/errors.ts";
import { hexOf } from "../../../support/hex.ts";

const ADD: UserStep = { action: "add", user: "3", person: "G3", name: "王五" };
const REMOVE: UserStep = { action: "remove", user: "2", person: "G2", name: "李四" };

/** A table of users that does as it is told, but for what a test says. */
class Table implements UserTable {
  present: DeviceUser[] = [{ user: "2", name: new Uint8Array() }];
  /** By user: the code with which changing them fails. */
  failures: Record<string, string> = {};
  tried: string[] = [];
  isDeaf = false;
  bytesMax = 8;

  async read() {
    if (this.failures.read) throw new AppError(this.failures.read, "read");
    return this.present;
  }
  async nameBytesMax() {
    return this.bytesMax;
  }
  async assertWritable() {
    if (this.failures.all) throw new AppError(this.failures.all, "all");
  }
  async add(user: DeviceUser) {
    this.#attempt(user.user);
    if (!this.isDeaf) this.present.push(user);
  }
  async remove(user: string) {
    this.#attempt(user);
    if (!this.isDeaf) this.present = this.present.filter((other) => other.user !== user);
  }
  #attempt(user: string) {
    this.tried.push(user);
    const code = this.failures[user];
    if (code) throw new AppError(code, user);
  }
}

function hall(readLog = async () => {}) {
  const table = new Table();
  return { table, deps: { table, charset: "gbk" as const, readLog } };
}

describe("changes to the users of a clock", () => {
  it("are done, and read back", async () => {
    const { table, deps } = hall();
    expect(await applyChanges([ADD, REMOVE], deps)).toEqual([
      { ...ADD, nameOnClock: "王五", result: "done" },
      { ...REMOVE, result: "done" },
    ]);
    expect(table.present.map(({ user, name }) => [user, hexOf(name)])).toEqual([["3", "CD F5 CE E5"]]);
  });

  it("are only told when they are previewed, with the name as it will be", async () => {
    const { table, deps } = hall();
    const long = { ...ADD, name: "欧阳娜娜A" };
    const refused: UserStep = { ...REMOVE, fault: "in-register" };
    table.bytesMax = 5;
    expect(await previewChanges([long, REMOVE, refused], deps)).toEqual([
      { ...long, nameOnClock: "欧阳", result: "planned" },
      { ...REMOVE, result: "planned" },
      { ...REMOVE, result: "refused", code: "in-register" },
    ]);
    expect(table.tried).toEqual([]);
  });

  it("that the clock says it made and did not are failures", async () => {
    const { table, deps } = hall();
    table.isDeaf = true;
    const outcomes = await applyChanges([ADD, REMOVE], deps);
    expect(outcomes.map(({ result, code }) => [result, code])).toEqual([
      ["failed", "not-read-back"],
      ["failed", "not-read-back"],
    ]);
  });

  it("are not believed when they cannot be read back", async () => {
    const { table, deps } = hall();
    table.failures = { read: "clock-bad-answer" };
    expect(await applyChanges([ADD], deps)).toMatchObject([{ result: "failed", code: "clock-bad-answer" }]);
  });

  it("remove nobody while punches are unread, and add all the same", async () => {
    const { table, deps } = hall(() => Promise.reject(new AppError("log-incomplete", "fewer came")));
    expect(await applyChanges([REMOVE, ADD], deps)).toMatchObject([
      { user: "2", result: "refused", code: "unread-punches" },
      { user: "3", result: "done" },
    ]);
    expect(table.present.map(({ user }) => user)).toEqual(["2", "3"]);
  });

  it("fail each for itself, and all the rest of them once the clock is gone", async () => {
    const { table, deps } = hall();
    const others = ["4", "5"].map((user): UserStep => ({ ...ADD, user }));
    table.failures = { "3": "user-id-bad", "4": "line-lost" };
    const outcomes = await applyChanges([ADD, ...others, REMOVE], deps);
    expect(outcomes.map(({ user, result, code }) => [user, result, code])).toEqual([
      ["3", "failed", "user-id-bad"],
      ["4", "failed", "line-lost"],
      ["5", "not-tried", "line-lost"],
      ["2", "not-tried", "line-lost"],
    ]);
    expect(table.tried).toEqual(["3", "4"]);
  });

  it("are not begun on a clock that must not be changed", async () => {
    const { table, deps } = hall();
    table.failures = { all: "users-by-place" };
    await expect(applyChanges([ADD], deps)).rejects.toMatchObject({ code: "users-by-place" });
    expect(table.tried).toEqual([]);
  });

  it("write no name with a zero byte in it, at which the clock would end it", async () => {
    const { table, deps } = hall();
    const outcomes = await applyChanges([{ ...ADD, name: "Li" }], { ...deps, charset: "utf-16be" });
    expect(outcomes).toMatchObject([{ result: "refused", code: "name-unfit" }]);
    expect(table.tried).toEqual([]);
  });
});
