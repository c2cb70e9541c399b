import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { clockCommand } from "../../../collector/cli/clock.ts";

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "dianmao-clock-"));
});

afterEach(() => rm(home, { recursive: true, force: true }));

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
  for (const part of [command, ...command.commands]) quiet(part, errors);
  try {
    await command.parseAsync(args, { from: "user" });
  } catch (error) {
    // Commander's own refusal; the program maps it to 2.
    exit = (error as { exitCode: number }).exitCode === 0 ? 0 : 2;
  }
  return { out: out.join("\n"), errors: errors.join("\n"), exit };
}

function quiet(command: Command, errors: string[]): void {
  command.exitOverride().configureOutput({ writeOut: () => {}, writeErr: (text) => errors.push(text) });
}

describe("dianmao clock add, list, remove", () => {
  it("lists the clocks beside one that is none, tells of it, and takes it out", async () => {
    await call("add", "--port", "COM1", "--name", "north");
    const path = join(home, "clocks.json");
    await writeFile(path, JSON.stringify([{ name: "south" }, ...JSON.parse(await readFile(path, "utf8"))]));
    const listed = await call("list");
    expect(listed).toMatchObject({ out: "north  tcb  COM1  9600 baud  number 1", exit: 1 });
    expect(listed.errors).toMatch(/^clocks\.json, 1: /);
    await call("remove", "south");
    expect(await call("list")).toMatchObject({ errors: "", exit: 0 });
  });

  it("adds a clock in one line", async () => {
    const added = await call("add", "--port", "/dev/ttyUSB0", "--baud", "9600", "--number", "1");
    expect(added).toEqual({
      out: "added / 已添加: clock-1  tcb  /dev/ttyUSB0  9600 baud  number 1",
      errors: "",
      exit: 0,
    });
    expect(JSON.parse(await readFile(join(home, "clocks.json"), "utf8"))).toEqual([
      { number: 1, family: "tcb", port: "/dev/ttyUSB0", baud: 9600, name: "clock-1" },
    ]);
  });

  it("lists what was added, also as JSON", async () => {
    expect((await call("list")).out).toBe("no clocks / 没有考勤机");
    await call("add", "--port", "COM3", "--name", "hall", "--no-push", "--zone", "Asia/Urumqi", "--charset", "gbk");
    expect((await call("list")).out).toBe("hall  tcb  COM3  9600 baud  number 1");
    expect(JSON.parse((await call("list", "--json")).out)).toEqual([
      {
        number: 1,
        family: "tcb",
        port: "COM3",
        baud: 9600,
        name: "hall",
        charset: "gbk",
        zone: "Asia/Urumqi",
        push: false,
      },
    ]);
  });

  it("removes by name", async () => {
    await call("add", "--port", "COM3", "--name", "hall");
    expect((await call("remove", "hall")).exit).toBe(0);
    expect((await call("list", "--json")).out).toBe("[]");
    expect(await call("remove", "hall")).toMatchObject({ exit: 1, errors: "no clock is called hall (clock-unknown)" });
  });

  it.each([
    [["--port", "COM3", "--number", "1", "--name", "other"], "clock-exists", 1],
    [["--port", "COM4", "--name", "hall"], "clock-exists", 1],
    [["--port", "COM3", "--number", "2", "--baud", "19200"], "clock-baud-differs", 1],
    [["--port", "COM4", "--number", "0"], "clock-config-bad", 2],
    [["--port", "COM4", "--number", "2", "--zone", "Asia/Nowhere"], "clock-config-bad", 2],
    [["--port", "COM4", "--number", "2", "--installed-on", "soon"], "clock-config-bad", 2],
  ])("refuses %j with %s", async (args, code, exit) => {
    await call("add", "--port", "COM3", "--name", "hall");
    const refused = await call("add", ...args);
    expect(refused.exit).toBe(exit);
    expect(refused.errors).toContain(`(${code})`);
    expect(JSON.parse((await call("list", "--json")).out)).toHaveLength(1);
  });

  it.each([
    [["add"]],
    [["add", "--port", "COM3", "--baud", "fast"]],
    [["add", "--port", "COM3", "--family", "zk"]],
    [["fly"]],
  ])("%j is a wrong call", async (args) => {
    expect((await call(...args)).exit).toBe(2);
  });
});

describe("dianmao clock probe", () => {
  it("fails with the line's code when there is no such port", async () => {
    const { errors, exit } = await call("probe", "--port", join(home, "tty"));
    expect(exit).toBe(1);
    expect(errors).toContain("(line-absent)");
  });
});

describe("dianmao clock decode", () => {
  it.each([
    ["A5 00 00 00 01 3C 00 00 49 A9"],
    ["a5000000013c000049a9"],
    ["0xA5,0x00,0x00,0x00,0x01,0x3C,0x00,0x00,0x49,0xA9"],
  ])("takes %s", async (hex) => {
    expect(await call("decode", ...hex.split(" "))).toEqual({
      out: "[0..9] 请求：记录统计 / request: counts\n  设备号 / device: 1",
      errors: "",
      exit: 0,
    });
  });

  it("says what is wrong with a bad frame, and exits with 1", async () => {
    const { out, exit } = await call("decode", "A5", "00", "00", "00", "01", "3C", "00", "00", "49", "A8");
    expect(exit).toBe(1);
    expect(out).toContain("校验错误：帧中为 A849，应为 A949");
    expect(out).toContain("wrong CRC: carries A849, should be A949");
  });

  it("prints JSON", async () => {
    const { out } = await call("decode", "--json", "A500000001FF00000078C1");
    expect(JSON.parse(out)).toMatchObject([{ offset: 0, lengthBytes: 11, title: { en: "reply: heartbeat" } }]);
  });

  it.each([["hello"], ["A5 0"], ["A5G0"]])("%s is no hex: exit code 2", async (text) => {
    expect((await call("decode", text)).exit).toBe(2);
  });
});
