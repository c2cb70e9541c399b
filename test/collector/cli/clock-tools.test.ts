/** The commands that talk to a clock, against a simulated one on a real serial port. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { clockCommand } from "../../../collector/cli/clock.ts";
import { startReaders } from "../../../collector/clocks/reader-main.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { openSource } from "../../../protocol/uplink/open-source.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import { ClockProcess } from "../../../simulators/clock/client.ts";

const BAUD = 115_200;
const NOWHERE = "https://127.0.0.1:9";
let home: string;
let clock: ClockProcess;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "dianmao-clock-tools-"));
  const path = join(home, "port");
  clock = await ClockProcess.start({
    path,
    baud: BAUD,
    clocks: [{ number: 1, serial: "SIM-1", users: [1, 2, 3], errorMs: 70_000, zoneOffsetMinutes: 480 }],
  });
  await call("add", "--port", path, "--baud", String(BAUD), "--name", "hall");
});

afterAll(async () => {
  await clock.stop();
  await rm(home, { recursive: true, force: true });
});

async function call(...args: string[]) {
  const out: string[] = [];
  const errors: string[] = [];
  let exit = 0;
  const command = clockCommand({
    home: (flag) => flag ?? home,
    print: (text) => out.push(text),
    printError: (text) => errors.push(text),
    exitWith: (code) => {
      exit = code;
    },
  });
  await command.parseAsync(args, { from: "user" });
  return { out: out.join("\n"), errors: errors.join("\n"), exit };
}

describe("dianmao clock", () => {
  it("time: tells a clock that is 70 s ahead, sets it and reads it back", async () => {
    const wrong = await call("time", "hall", "--json");
    expect(wrong.exit).toBe(1);
    expect(Math.round(JSON.parse(wrong.out).offsetMs / 10_000)).toBe(7);
    const set = await call("time", "hall", "--set", "--json");
    expect(set.exit).toBe(0);
    expect(Math.abs(JSON.parse(set.out).offsetAfterMs)).toBeLessThan(2_000);
  });

  it("log: shows the punches and leaves the marks alone", async () => {
    for (const user of [1, 2, 1]) await clock.punch(user);
    const before = await clock.memory();
    const { out, exit } = await call("log", "hall", "--json");
    expect(exit).toBe(0);
    const { count, punches } = JSON.parse(out);
    expect(count).toBe(3);
    expect(punches.map(({ user }: { user: string }) => user)).toEqual(["1", "2", "1"]);
    const after = await clock.memory();
    expect({ records: after.records, newRecords: after.newRecords }).toEqual({
      records: before.records,
      newRecords: before.newRecords,
    });
  });

  it("users: compares those in the log with the staff register", async () => {
    const staff = join(home, "staff.csv");
    await writeFile(
      staff,
      "工号,姓名,窗口/处室,类别,入驻日期,离开日期,考勤机编号\nG1,张三,一号窗口,窗口人员,2026-01-01,,1\nG3,王五,二号窗口,窗口人员,2026-01-01,,3\n",
    );
    const { out, exit } = await call("users", "hall", "--staff", staff, "--json");
    expect(exit).toBe(1);
    expect(JSON.parse(out)).toEqual({
      known: [{ user: "1", person: "G1", name: "张三" }],
      unknown: [{ user: "2" }],
      missing: [{ user: "3", person: "G3", name: "王五" }],
      left: [],
    });
  });

  it("watch: shows a punch as it happens", async () => {
    const watching = call("watch", "hall", "--seconds", "2", "--json");
    const punching = setInterval(() => void clock.punch(3), 200);
    const { out, exit } = await watching;
    clearInterval(punching);
    expect(exit).toBe(0);
    expect(JSON.parse(out.split("\n")[0] ?? "")).toMatchObject({ user: "3" });
  });

  it("doctor: finds the clock answering", async () => {
    const { out } = await call("doctor", "--json");
    const answer = JSON.parse(out).find(({ check }: { check: string }) => check === "answer");
    expect(answer).toMatchObject({ subject: "hall", ok: true, found: { en: expect.stringContaining("SIM-1") } });
  });

  it("says so when the reader of this home has the lines", async () => {
    const source = { machine: "0".repeat(16), fingerprint: [], hostname: "hall", version: "test" };
    const readers = await startReaders(
      { home, site: { zone: "Asia/Shanghai" }, clocks: [], source: { ...source, centre: { url: NOWHERE } } },
      { clock: SYSTEM_CLOCK, random: seededRandom(1), log: SILENT_LOG, openSource },
    );
    const refused = await call("time", "hall");
    await readers.stop("service-stop");
    expect(refused).toMatchObject({ exit: 1, errors: expect.stringContaining("reader-running") });
  });

  it("does not know other clocks", async () => {
    expect(await call("log", "nobody")).toMatchObject({ exit: 1, errors: expect.stringContaining("clock-unknown") });
  });
});
