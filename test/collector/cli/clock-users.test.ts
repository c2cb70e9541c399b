/** `clock users` and `clock drift` as an operator uses them: a running collector, its reader, and a simulated terminal on a real TCP port. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clockCommand } from "../../../collector/cli/clock.ts";
import { addClock } from "../../../collector/clocks/config.ts";
import { REMOVALS_MAX } from "../../../collector/clocks/users/plan.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import { parseFaults } from "../../../simulators/faults/profile.ts";
import { answering } from "../../../simulators/zk/behaviour.ts";
import { RATE_DEFAULT, TerminalServer } from "../../../simulators/zk/server.ts";
import { USERS_CANNOT_BE_CHANGED } from "../../../simulators/zk/standard-behaviour.ts";
import { ZkTerminal } from "../../../simulators/zk/terminal.ts";
import { COMMAND } from "../../../simulators/zk/wire.ts";
import { type Centre, openCentre } from "../../support/centre-fixture.ts";
import { hexOf } from "../../support/hex.ts";
import { until } from "../../support/until.ts";

const HOST = "127.0.0.1";
const SERIAL = "SIMZK-USERS-1";
const CROWD = Array.from({ length: REMOVALS_MAX + 1 }, (_, index) => 2_001 + index);
const SLOW_MS = 70_000;
/** No clock is set near its midnight. */
const IS_MIDNIGHT_IN_CHINA = [15, 16].includes(new Date().getUTCHours());
const ZONE = IS_MIDNIGHT_IN_CHINA ? "UTC" : "Asia/Shanghai";

let centre: Centre;
let terminal: ZkTerminal;
let server: TerminalServer;

beforeAll(async () => {
  centre = await openCentre();
  terminal = new ZkTerminal(
    {
      serial: SERIAL,
      users: [1_001, 1_002, 1_009],
      errorMs: -SLOW_MS,
      zoneOffsetMinutes: IS_MIDNIGHT_IN_CHINA ? 0 : 480,
    },
    { clock: SYSTEM_CLOCK },
  );
  terminal.rememberPast(5);
  const options = {
    host: HOST,
    port: 0,
    seed: 1,
    faults: parseFaults("none"),
    bytesPerSecond: RATE_DEFAULT,
    packetGapMs: 0,
  };
  server = await TerminalServer.open(terminal, options, { clock: SYSTEM_CLOCK });
  await register("G1", "张三", null, "1001");
  await register("G2", "李四", "2026-01-31", "1002");
  await register("G3", "欧阳娜娜", null, "1003");
  await register("G4", "王五", null, "1004", `${SERIAL}:7`);
  await addClock(centre.home, { family: "zk", host: HOST, tcpPort: server.port, number: 1, name: "hall", zone: ZONE });
  // A wait for each step: enrolling is slow on a busy machine.
  await until("the reader", async () => {
    const { items } = await centre.admin.get<{ items: { kind: string }[] }>("/sources");
    return items.some(({ kind }) => kind === "reader");
  });
  await until("the terminal", async () => (await compare()).out.includes("1009"));
});

afterAll(async () => {
  await server.close();
  await centre.close();
});

function register(person: string, name: string, to: string | null, ...ids: string[]) {
  const users = ids.map((id) => {
    const [clock = "", user] = id.split(":");
    return user === undefined ? { clock: "*", user: clock } : { clock, user };
  });
  const body = { person, name, unit: "一号窗口", kind: "window", from: "2026-01-01", to, users };
  return centre.admin.post("/attendance/evidence", { rows: [{ kind: "staff.registered", body }] });
}

async function call(...args: string[]) {
  const out: string[] = [];
  const errors: string[] = [];
  let exit = 0;
  const command = clockCommand({
    home: (flag) => flag ?? centre.home,
    print: (text) => out.push(text),
    printError: (text) => errors.push(text),
    exitWith: (code) => {
      exit = code;
    },
  });
  await command.parseAsync(args, { from: "user" });
  return { out: out.join("\n"), errors: errors.join("\n"), exit };
}

const compare = () => call("users", "hall", "--json");

async function change(...args: string[]) {
  const { out, errors, exit } = await call("users", "hall", ...args, "--json");
  expect(errors).toBe("");
  const { outcomes, ...rest } = JSON.parse(out);
  const shown = outcomes.map(({ action, user, result, code }: Record<string, string>) =>
    [action, user, result, code].filter((part) => part !== undefined).join(" "),
  );
  return { ...rest, shown, exit };
}

describe("dianmao clock users", () => {
  it("compares the clock with the register while the collector reads it", async () => {
    const { out, exit } = await compare();
    expect(exit).toBe(1);
    expect(JSON.parse(out)).toEqual({
      clock: SERIAL,
      name: "hall",
      basis: "table",
      known: [{ user: "1001", person: "G1", name: "张三" }],
      unknown: [{ user: "1009" }],
      missing: [
        { user: "1003", person: "G3", name: "欧阳娜娜" },
        { user: "7", person: "G4", name: "王五" },
      ],
      left: [{ user: "1002", person: "G2", name: "李四", to: "2026-01-31" }],
    });
    expect((await call("users", SERIAL)).out).toContain("已离开 / left 2026-01-31: 1002  G2 李四");
  });

  it("says what it would do, and does nothing of it unless told to", async () => {
    const before = [...terminal.state.users];
    const plan = await change("sync");
    expect(plan).toMatchObject({
      applied: false,
      needsForce: false,
      exit: 0,
      shown: ["add 1003 planned", "add 7 planned", "remove 1002 planned"],
    });
    expect((await call("users", "hall", "sync")).out).toContain("--apply");
    expect(terminal.state.users).toEqual(before);
    expect(terminal.heard.has(COMMAND.WRITE_USER)).toBe(false);
    expect(terminal.heard.has(COMMAND.DELETE_USER)).toBe(false);
  });

  it("tells a clock that says it did, and did not, by reading back", async () => {
    const mend = terminal.define(USERS_CANNOT_BE_CHANGED);
    expect(await change("add", "1003", "--apply")).toMatchObject({ exit: 1, shown: ["add 1003 failed not-read-back"] });
    mend();
  });

  it("removes nobody while there are punches that cannot be read, and adds all the same", async () => {
    const mend = terminal.define(answering(COMMAND.PIECE, [{ command: COMMAND.ERROR }]));
    terminal.rememberPast(100);
    expect(await change("sync", "--apply")).toMatchObject({
      exit: 1,
      shown: ["add 1003 done", "add 7 done", "remove 1002 refused unread-punches"],
    });
    mend();
    expect(terminal.state.users).toContain(1_002);
    expect(terminal.heard.has(COMMAND.DELETE_USER)).toBe(false);
  });

  it("has written names in the clock's charset, and removes whoever left once the punches are read", async () => {
    expect(await change("sync", "--apply")).toMatchObject({ applied: true, exit: 0, shown: ["remove 1002 done"] });
    expect([...terminal.state.users].sort()).toEqual([1_001, 1_003, 1_009, 7].sort());
    expect(hexOf(terminal.state.names.get(7) ?? new Uint8Array())).toBe("CD F5 CE E5");
    expect(await change("sync", "--apply")).toMatchObject({ exit: 0, shown: [] });
  });

  it("removes an unknown user only when named, and one of the register only by force", async () => {
    expect(await change("remove", "1009", "1001", "--apply")).toMatchObject({
      exit: 1,
      shown: ["remove 1009 done", "remove 1001 refused in-register"],
    });
    expect(await call("users", "hall")).toMatchObject({ exit: 0, out: "相符 / agree: 3" });
    expect(await change("remove", "1001", "--apply", "--force")).toMatchObject({ exit: 0 });
    expect(await change("add", "1001", "77", "--apply")).toMatchObject({
      exit: 1,
      shown: ["add 1001 done", "add 77 refused not-in-register"],
    });
  });

  it(`removes more than ${REMOVALS_MAX} only by force`, async () => {
    for (const user of CROWD) await register(`C${user}`, "离开者", "2026-01-31", String(user));
    const { users, uids } = terminal.state;
    for (const [index, user] of CROWD.entries()) {
      users.push(user);
      uids.set(user, 500 + index);
    }
    expect(await change("sync")).toMatchObject({ needsForce: true, exit: 0 });
    expect(await call("users", "hall", "sync", "--apply")).toMatchObject({
      exit: 1,
      errors: expect.stringContaining("too-many-removals"),
    });
    expect(users).toEqual(expect.arrayContaining(CROWD));
    expect(await change("sync", "--apply", "--force")).toMatchObject({ exit: 0 });
    expect(users.filter((user) => CROWD.includes(user))).toEqual([]);
  });

  it.each([
    ["ids with sync", ["sync", "1001"]],
    ["a file instead of the register", ["sync", "--staff", "staff.csv"]],
    ["--apply with nothing to apply", ["--apply"]],
  ])("is called wrongly with %s", async (_what, args) => {
    expect(await call("users", "hall", ...args)).toMatchObject({
      exit: 2,
      errors: expect.stringContaining("bad-request"),
    });
  });

  it("changes nothing on a TC_B clock, and says why", async () => {
    await addClock(centre.home, { family: "tcb", port: join(centre.home, "no-port"), number: 1, name: "north" });
    await until("the second clock", async () => (await call("users", "north", "sync")).errors.includes("undocumented"));
    expect(await call("users", "north", "sync")).toMatchObject({ exit: 2 });
    expect(await call("users", "north")).toMatchObject({ exit: 1, errors: expect.stringContaining("clock-lost") });
  });

  it("does not know other clocks, nor lets anybody change one who may only read", async () => {
    expect(await call("users", "nobody")).toMatchObject({ exit: 1, errors: expect.stringContaining("clock-unknown") });
    const reader = await centre.client("read");
    await expect(reader.post("/clocks/hall/users", { action: "sync" })).rejects.toMatchObject({ code: "forbidden" });
  });
});

it("is described with all its values by the interface", async () => {
  const { paths } = await centre.admin.get<{ paths: Record<string, object> }>("/openapi.json");
  expect(Object.keys(paths["/api/v1/clocks/{clock}/users"] ?? {})).toEqual(["get", "post"]);
  expect(JSON.stringify(paths["/api/v1/clocks/{clock}/drift"])).toContain("offsetBeforeMs");
});

describe("dianmao clock drift", () => {
  it("tells how wrong the clock was, by how much it was set, and what it showed then", async () => {
    await until("the setting", async () => (await drift()).some(({ event }) => event === "time-set"));
    const set = (await drift()).find(({ event }) => event === "time-set");
    expect(set).toMatchObject({ clock: SERIAL, reason: null, simulated: false });
    expect(Math.round((set?.offsetBeforeMs ?? 0) / 10_000)).toBe(-SLOW_MS / 10_000);
    expect(Math.abs(set?.offsetAfterMs ?? SLOW_MS)).toBeLessThanOrEqual(2_000);
    expect(set?.correctedByMs).toBe((set?.offsetAfterMs ?? 0) - (set?.offsetBeforeMs ?? 0));
    const { out } = await call("drift", SERIAL, "--last", "1");
    expect(out).toContain("偏差 s");
    expect(await call("drift", "hall", "--to", "2020-01-01", "--json")).toMatchObject({ exit: 0, out: "[]" });
  });

  async function drift(): Promise<
    { event: string; offsetBeforeMs: number; offsetAfterMs: number; correctedByMs: number }[]
  > {
    return JSON.parse((await call("drift", "hall", "--json")).out);
  }
});

it("writes a CSV's faults by their lines, also for a clock that no collector reads", async () => {
  const path = join(centre.home, "staff.csv");
  await writeFile(path, "工号,姓名\n1,张三\n");
  expect(await call("users", "hall", "--staff", path)).toMatchObject({
    exit: 1,
    errors: expect.stringContaining("bad-file"),
  });
});
