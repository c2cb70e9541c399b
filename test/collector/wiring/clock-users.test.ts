import { describe, expect, test } from "vitest";
import type { StaffEntry } from "../../../collector/attendance/evidence/evidence-book.ts";
import { dayOfDate } from "../../../collector/attendance/site-time.ts";
import type { ClockConfig } from "../../../collector/clocks/config.ts";
import type { DeviceUser, UserTable } from "../../../collector/clocks/drivers/driver.ts";
import { CHANGES_MAX } from "../../../collector/clocks/users/plan.ts";
import { createClockUsers, PUNCHED_DAYS } from "../../../collector/wiring/clock-users.ts";
import { type Log, SILENT_LOG } from "../../../protocol/log.ts";
import { punchOf } from "../projections/support/reports.ts";
import { Site } from "../projections/support/site.ts";

const DAY_MS = 86_400_000;
const SERIAL = "SN-1";

function person(id: string, user: string, to?: string): StaffEntry {
  const from = dayOfDate("2026-01-01") ?? 0;
  const until = to === undefined ? undefined : dayOfDate(to);
  return { id, name: `姓名${id}`, unit: "一号窗口", kind: "window", from, to: until, users: [{ clock: "*", user }] };
}

async function openDesk(config: Partial<ClockConfig>, { hasAnswered = true, onClock = [] as string[] } = {}) {
  const site = await Site.open();
  const table = new Table(onClock);
  const staff = new Map(
    [person("G1", "1"), person("G2", "2", "2026-11-20"), person("G3", "3")].map((entry) => [entry.id, entry]),
  );
  const told: object[] = [];
  const log: Log = { ...SILENT_LOG, info: (fields) => told.push(fields as object) };
  const users = createClockUsers({
    store: site.store,
    clock: site.clock,
    zone: "Asia/Shanghai",
    log,
    desk: { book: async () => ({ staff }) as never },
    find: (name) => {
      if (name !== "hall" && name !== SERIAL) return undefined;
      const lend = <T>(use: (loan: { clock: string; users: UserTable; readLog(): Promise<void> }) => Promise<T>) =>
        use({ clock: SERIAL, users: table, readLog: async () => {} });
      return { config: { name: "hall", ...config } as ClockConfig, clock: hasAnswered ? SERIAL : undefined, lend };
    },
  });
  return { site, users, table, told, staff };
}

/** A table of users that does as it is told. */
class Table implements UserTable {
  present: DeviceUser[];

  constructor(users: string[]) {
    this.present = users.map((user) => ({ user, name: new Uint8Array() }));
  }
  read = async () => this.present;
  nameBytesMax = async () => 24;
  assertWritable = async () => {};
  async add(user: DeviceUser) {
    this.present.push(user);
  }
  async remove(user: string) {
    this.present = this.present.filter((other) => other.user !== user);
  }
}

const order = (action: "add" | "remove" | "sync", ...named: string[]) => ({
  action,
  users: named,
  force: false,
  by: "test",
});

describe("the users of a clock whose table is not documented", () => {
  test("are those who punched on it lately", async () => {
    const { site, users } = await openDesk({ family: "tcb" });
    await site.enrol("readers", "reader");
    for (const [user, days] of [
      ["1", 1],
      ["2", 3],
      ["9", PUNCHED_DAYS - 1],
      ["77", PUNCHED_DAYS + 1],
    ] as const) {
      const at = site.now - days * DAY_MS;
      await site.record("readers", "punch", { ...punchOf(user, at), clock: "SN-1" }, { at });
    }
    await site.projector.catchUp();
    expect(await users.compare("hall")).toEqual({
      clock: "SN-1",
      name: "hall",
      basis: "punches",
      known: [{ user: "1", person: "G1", name: "姓名G1" }],
      unknown: [{ user: "9" }],
      missing: [{ user: "3", person: "G3", name: "姓名G3" }],
      left: [{ user: "2", person: "G2", name: "姓名G2", to: "2026-11-20" }],
    });
  });

  test("are not changed, whether it is to be applied or not", async () => {
    const { users } = await openDesk({ family: "tcb" });
    for (const apply of [false, true]) {
      await expect(users.change("hall", { ...order("sync"), apply })).rejects.toMatchObject({
        code: "users-undocumented",
      });
    }
  });

  test("are unknown while it has never answered", async () => {
    const { users } = await openDesk({ family: "tcb" }, { hasAnswered: false });
    await expect(users.compare("hall")).rejects.toMatchObject({ code: "clock-lost" });
  });
});

describe("the users of a clock", () => {
  test("are changed in the name of whoever asked for it, which stays in the log", async () => {
    const { users, table, told } = await openDesk({ family: "zk" }, { onClock: ["1", "2"] });
    expect(
      (await users.change("SN-1", { ...order("sync"), apply: true })).outcomes.map(({ result }) => result),
    ).toEqual(["done", "done"]);
    expect(table.present.map(({ user }) => user)).toEqual(["1", "3"]);
    expect(told).toMatchObject([
      { clock: "SN-1", by: "test", action: "add", user: "3", result: "done" },
      { clock: "SN-1", by: "test", action: "remove", user: "2", result: "done" },
    ]);
  });

  test(`are changed ${CHANGES_MAX} at a time`, async () => {
    const { users, staff } = await openDesk({ family: "zk" }, { onClock: ["1"] });
    for (let at = 0; at < CHANGES_MAX - 1; at++) staff.set(`P${at}`, person(`P${at}`, `${10_000 + at}`));
    expect((await users.change("hall", { ...order("add"), apply: false })).outcomes).toHaveLength(CHANGES_MAX);
    staff.set("one-more", person("one-more", "20000"));
    await expect(users.change("hall", { ...order("add"), apply: false })).rejects.toMatchObject({
      code: "too-many-changes",
    });
  });

  test("of a module are removed, and not added without a finger", async () => {
    const { users, table } = await openDesk({ family: "ef01" }, { onClock: ["1", "2"] });
    await expect(users.change("hall", { ...order("add"), apply: false })).rejects.toMatchObject({
      code: "finger-needed",
    });
    await users.change("hall", { ...order("remove"), apply: true });
    expect(table.present.map(({ user }) => user)).toEqual(["1"]);
  });

  test("are not asked for of a clock that is not read here; its serial number stays what it was called", async () => {
    const { users } = await openDesk({ family: "zk" });
    await expect(users.compare("gate")).rejects.toMatchObject({ code: "clock-unknown" });
    expect([users.serialOf("hall"), users.serialOf("gate")]).toEqual(["SN-1", "gate"]);
  });
});
