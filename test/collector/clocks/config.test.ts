import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  addClock,
  type ClockConfigInput,
  listClocks,
  readClocks,
  removeClock,
} from "../../../collector/clocks/config.ts";

let home: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "dianmao-config-"));
});

afterEach(() => rm(home, { recursive: true, force: true }));

const TERMINAL: ClockConfigInput = { family: "zk", host: "192.168.1.201", number: 1, name: "gate" };

describe("the clocks of a home", () => {
  it("names the line of a terminal by its place in the network, and reads what it wrote", async () => {
    await addClock(home, { ...TERMINAL, commKey: 12_345 });
    expect(await listClocks(home)).toEqual([
      { ...TERMINAL, commKey: 12_345, port: "tcp://192.168.1.201:4370", baud: 9_600 },
    ]);
    expect(await readFile(join(home, "clocks.json"), "utf8")).toContain("192.168.1.201");
  });

  it("gives each family its usual rate", async () => {
    await addClock(home, { family: "tcb", port: "COM1", number: 1, name: "north" });
    await addClock(home, { family: "ef01", port: "COM2", number: 1, name: "door" });
    expect((await listClocks(home)).map(({ baud }) => baud)).toEqual([9_600, 57_600]);
  });

  it.each([
    ["a terminal without a host", { family: "zk", number: 1, name: "x" }],
    ["a serial clock without a port", { family: "tcb", number: 1, name: "x" }],
    ["a key on a serial clock", { family: "tcb", port: "COM1", commKey: 1, number: 1, name: "x" }],
    ["a password on a terminal", { ...TERMINAL, password: 1 }],
    ["a serial port on a terminal", { ...TERMINAL, port: "COM1" }],
    ["a host on a module", { family: "ef01", port: "COM1", host: "h", number: 1, name: "x" }],
    ["a key with seven digits", { ...TERMINAL, commKey: 1_000_000 }],
  ] as [string, ClockConfigInput][])("refuses %s", async (_what, input) => {
    await expect(addClock(home, input)).rejects.toMatchObject({ code: "clock-config-bad" });
  });

  it("refuses a second clock at one address", async () => {
    await addClock(home, TERMINAL);
    const other = { ...TERMINAL, name: "other" };
    await expect(addClock(home, other)).rejects.toMatchObject({ code: "clock-exists" });
    await expect(addClock(home, { ...other, number: 2 })).rejects.toMatchObject({ code: "clock-exists" });
  });

  it("keeps an item that is no clock apart, leaves it as it is when others come and go, and takes it out by its name", async () => {
    const path = join(home, "clocks.json");
    const north = { family: "tcb", port: "COM1", number: 1, name: "north" };
    const bad = { ...north, number: 0, name: "south" };
    await writeFile(path, JSON.stringify([bad, north]));
    expect(await readClocks(home)).toEqual({
      clocks: [{ ...north, baud: 9_600 }],
      faults: [{ item: 1, name: "south", code: "clock-config-bad", message: expect.stringContaining("number") }],
    });
    await addClock(home, TERMINAL);
    await removeClock(home, "north");
    expect(JSON.parse(await readFile(path, "utf8"))).toMatchObject([bad, { name: "gate" }]);
    await removeClock(home, "south");
    expect(await readClocks(home)).toMatchObject({ clocks: [{ name: "gate" }], faults: [] });
  });

  it("touches no file that is no list", async () => {
    const path = join(home, "clocks.json");
    await writeFile(path, "[{");
    await expect(addClock(home, TERMINAL)).rejects.toMatchObject({ code: "clocks-file-bad" });
    expect(await readFile(path, "utf8")).toBe("[{");
  });
});
