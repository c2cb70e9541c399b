import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SerialPort } from "serialport";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ClockProcess, type StartOptions } from "../../../simulators/clock/client.ts";
import { compareWithLedger } from "../../../simulators/clock/ledger.ts";

const GET_TIME = Buffer.from("A50000000138000028CA", "hex");
const RESTART_NEW = Buffer.from("A50000000140000202193EC0", "hex");

let folder: string;
let clock: ClockProcess | undefined;
let reader: SerialPort | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dianmao-clock-"));
});
afterEach(async () => {
  const open = reader?.isOpen ? reader : undefined;
  if (open) await new Promise<void>((resolve) => open.close(() => resolve()));
  await clock?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options: Omit<StartOptions, "path"> = {}, readerBaud = 115_200): Promise<() => Buffer> {
  const path = join(folder, "clock");
  clock = await ClockProcess.start({ path, baud: 115_200, clocks: [{ users: [7] }], ...options });
  const port = new SerialPort({ path, baudRate: readerBaud, autoOpen: false });
  port.on("error", () => {});
  await new Promise<void>((resolve, reject) => port.open((error) => (error ? reject(error) : resolve())));
  reader = port;
  const chunks: Buffer[] = [];
  port.on("data", (bytes: Buffer) => chunks.push(bytes));
  return () => Buffer.concat(chunks);
}

describe("a clock in a process of its own", () => {
  it("answers a genuine request over a real serial port", async () => {
    const received = await start();
    reader?.write(GET_TIME);
    await vi.waitFor(() => expect(received().includes(Buffer.from("A500000001B8000006", "hex"))).toBe(true));
  });

  it("pushes a punch, hands it out from its log, and keeps it in the ledger", async () => {
    const received = await start();
    const punch = await clock?.punch(7, { type: 1 });
    await vi.waitFor(() => expect(received().includes(Buffer.from("A500000001DF00000E0000000007", "hex"))).toBe(true));
    reader?.write(RESTART_NEW);
    await vi.waitFor(() =>
      expect(received().includes(Buffer.from("A500000001C000000F010000000007", "hex"))).toBe(true),
    );
    expect(await clock?.ledger()).toEqual([punch]);
    expect(await clock?.memory()).toEqual({ records: 1, newRecords: 1, heard: { 64: 1 } });
  });

  it("is silent, but for garbage, to a reader at the wrong rate", async () => {
    const received = await start({}, 9_600);
    reader?.write(GET_TIME);
    await vi.waitFor(async () => expect((await clock?.report())?.garbledBytes).toBeGreaterThanOrEqual(GET_TIME.length));
    await clock?.punch(7);
    expect(received().includes(Buffer.from("A500000001", "hex"))).toBe(false);
    expect(await clock?.memory()).toMatchObject({ heard: {} });
  });

  it("vanishes with its path when unplugged and comes back with its memory", async () => {
    await start();
    await clock?.tell({ do: "unplug" });
    expect(existsSync(join(folder, "clock"))).toBe(false);
    expect(await clock?.punch(7)).toMatchObject({ user: "7" });
    await clock?.tell({ do: "plug" });
    expect(existsSync(join(folder, "clock"))).toBe(true);
    expect(await clock?.memory()).toMatchObject({ records: 1 });
  });

  it("comes up in 2000 after a power cut with a flat battery, and takes no punch without power", async () => {
    await start();
    await clock?.tell({ do: "power-off" });
    expect(await clock?.punch(7)).toEqual({ refused: "no-power" });
    await clock?.tell({ do: "power-on", timeLost: true });
    expect(await clock?.tell({ do: "time" })).toMatchObject({ time: expect.stringMatching(/^2000-01-02T00:00:0\d$/) });
  });

  it("shares a line with others and answers each by its number", async () => {
    const received = await start({ clocks: [{ number: 1 }, { number: 5, users: [9] }] });
    reader?.write(Buffer.from("A500000005380000C4B8", "hex"));
    await vi.waitFor(() => expect(received().includes(Buffer.from("A500000005B8", "hex"))).toBe(true));
    expect(await clock?.punch(9, { device: 5 })).toMatchObject({ device: 5, user: "9" });
    expect(await clock?.ledger(1)).toEqual([]);
  });

  it("says what is wrong when it cannot start", async () => {
    await expect(ClockProcess.start({ path: join(folder, "none", "clock") })).rejects.toMatchObject({
      code: "clock-failed",
    });
  });

  it("ends with the process that started it and leaves no path behind", async () => {
    await start();
    await clock?.stop();
    expect(existsSync(join(folder, "clock"))).toBe(false);
  });
});

it("the ledger tells what is missing, doubled and invented", () => {
  const entry = {
    clock: "S",
    device: 1,
    user: "7",
    deviceTime: "2026-11-23T08:00:00",
    type: 0,
    ordinal: 0,
    at: 0,
    pushed: true,
  };
  const other = { ...entry, user: "8" };
  const stranger = { ...entry, user: "9" };
  expect(compareWithLedger([entry, other], [entry, entry, stranger])).toEqual({
    made: 2,
    found: 3,
    missing: ["S|8|2026-11-23T08:00:00|0|0"],
    doubled: ["S|7|2026-11-23T08:00:00|0|0"],
    invented: ["S|9|2026-11-23T08:00:00|0|0"],
  });
});
