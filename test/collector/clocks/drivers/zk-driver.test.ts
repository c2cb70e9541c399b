import { describe, expect, it } from "vitest";
import type { DevicePunch } from "../../../../collector/clocks/drivers/driver.ts";
import { MADE_MEANWHILE_MAX } from "../../../../collector/clocks/drivers/zk-entry-size.ts";
import { PACKETS_MAX, SILENCE_MS_MAX, WAITING_MAX } from "../../../../collector/clocks/drivers/zk-exchange.ts";
import { COMMANDS } from "../../../../protocol/clock/zk/commands.ts";
import { answering } from "../../../../simulators/zk/behaviour.ts";
import { EVENTS_TWICE, shortPieces } from "../../../../simulators/zk/standard-behaviour.ts";
import { COMMAND } from "../../../../simulators/zk/wire.ts";
import { PACKET_VECTORS } from "../../../protocol/clock/zk/vectors.ts";
import { bytesOf } from "../../../support/hex.ts";
import { within } from "../../../support/virtual-clock.ts";
import { makeZkHall, ZK_USERS } from "../support/zk-hall.ts";

async function opened(...options: Parameters<typeof makeZkHall>) {
  const hall = makeZkHall(...options);
  await within(hall.clock, 100, hall.driver.open());
  return hall;
}

async function download({ driver }: Awaited<ReturnType<typeof opened>>): Promise<DevicePunch[]> {
  const punches: DevicePunch[] = [];
  for await (const { records } of driver.downloadLog({ from: "oldest", expected: 0 })) punches.push(...records);
  return punches;
}

const shown = ({ user, deviceTime, type }: Pick<DevicePunch, "user" | "deviceTime" | "type">) =>
  `${user} ${deviceTime} ${type}`;

describe("the ZK driver", () => {
  it("connects with the bytes that were captured", async () => {
    const { line } = await opened();
    expect(Buffer.from(line.written[0] ?? []).toString("hex")).toBe(PACKET_VECTORS[0]?.hex.toLowerCase());
  });

  it("identifies the terminal", async () => {
    const { driver, clock } = await opened();
    expect(await within(clock, 100, driver.identify())).toEqual({
      serial: "SIMZK00000001",
      model: "SIM-K14",
      firmware: "Ver 6.60 Sim",
    });
  });

  it("answers a terminal that wants its communication key", async () => {
    const { driver, clock } = await opened({ commKey: 12_345 });
    expect(await within(clock, 100, driver.counts())).toMatchObject({ users: 40, records: 0, newRecords: 0 });
  });

  it("says so when the communication key is wrong, and leaves the line", async () => {
    const { driver, clock, line } = makeZkHall({ commKey: 12_345 }, 54_321);
    await expect(within(clock, 100, driver.open())).rejects.toMatchObject({ code: "clock-refused" });
    expect(line.isOpen).toBe(false);
  });

  it("reads and sets the time", async () => {
    const { driver, clock, terminal } = await opened({ errorMs: -70_000 });
    const before = await within(clock, 0.5 + 1, driver.readTime());
    expect(before.deviceTime).toBe("2026-11-23T07:58:50");
    await within(clock, 100, driver.setTime("2026-11-23T08:00:00"));
    expect(new Date(terminal.state.dial.read()).toISOString()).toMatch(/^2026-11-23T08:00:00/);
  });

  it("hands over the captured push and acknowledges it with reply 0", async () => {
    const { driver, line, terminal, clock } = await opened();
    const punches: unknown[] = [];
    driver.onPunch((punch, readAt) => punches.push({ ...punch, readAt }));
    line.receive(bytesOf(PACKET_VECTORS[2]?.hex ?? ""));
    expect(punches).toEqual([
      {
        user: "22",
        deviceTime: "2018-12-17T01:04:17",
        verification: ["finger"],
        type: 0,
        workCode: 0,
        raw: PACKET_VECTORS[2]?.packet.data.replaceAll(" ", "").toLowerCase(),
        readAt: clock.now(),
      },
    ]);
    const acknowledgement = Buffer.from(line.written.at(-1) ?? []);
    expect([acknowledgement.readUInt16LE(8), acknowledgement.readUInt16LE(14)]).toEqual([2000, 0]);
    expect(terminal.acknowledged).toBe(1);
  });

  it("acknowledges each push, also one that comes between a request and its reply", async () => {
    const hall = await opened();
    await within(hall.clock, 100, hall.driver.setLivePush(true));
    hall.terminal.define(EVENTS_TWICE);
    const punches: DevicePunch[] = [];
    hall.driver.onPunch((punch) => punches.push(punch));
    const asking = hall.driver.counts();
    hall.terminal.punch({ user: 1_001, type: 1 });
    expect(await within(hall.clock, 100, asking)).toMatchObject({ users: 40 });
    expect(punches.map(({ user, type }) => [user, type])).toEqual([
      ["1001", 1],
      ["1001", 1],
    ]);
    expect(hall.terminal.acknowledged).toBe(2);
  });

  it.each([8, 16, 40] as const)(
    "reads a log of %i-byte entries in pieces, each record as it was pushed",
    async (entrySize) => {
      const hall = await opened({ entrySize });
      hall.terminal.rememberPast(5_000);
      const punches = await within(hall.clock, 2_000, download(hall));
      expect(punches.map(shown)).toEqual(hall.terminal.ledger.entries.map(shown));
      const pushed: DevicePunch[] = [];
      hall.driver.onPunch((punch) => pushed.push(punch));
      await within(hall.clock, 100, hall.driver.setLivePush(true));
      hall.terminal.punch({ user: 1_007 });
      await hall.clock.advance(10);
      const again = await within(hall.clock, 2_000, download(hall));
      expect(again.at(-1)).toEqual(pushed[0]);
      expect(hall.driver.parsePunch(pushed[0]?.raw ?? "")).toEqual(pushed[0]);
    },
  );

  it("reads an empty log and one that comes in a single packet", async () => {
    const hall = await opened();
    expect(await within(hall.clock, 100, download(hall))).toEqual([]);
    hall.terminal.rememberPast(3);
    expect(await within(hall.clock, 100, download(hall))).toHaveLength(3);
  });

  it("asks again for a piece that came short, and never takes it for whole", async () => {
    const hall = await opened();
    hall.terminal.rememberPast(2_000);
    hall.terminal.define(shortPieces(1));
    expect(await within(hall.clock, 2_000, download(hall))).toHaveLength(2_000);
    hall.terminal.define(shortPieces(Number.POSITIVE_INFINITY));
    await expect(within(hall.clock, 2_000, download(hall))).rejects.toMatchObject({ code: "clock-bad-answer" });
  });

  it("keeps the word of a clock whose date no calendar has", async () => {
    const hall = await opened();
    const entry = Buffer.alloc(40);
    entry.write("1001", 2);
    // 2026-02-31: each month has 31 days to a terminal.
    entry.writeUInt32LE(((26 * 12 + 1) * 31 + 30) * 86_400, 27);
    hall.terminal.state.log.push(entry);
    const [punch] = await within(hall.clock, 100, download(hall));
    expect(punch).toMatchObject({ user: "1001", deviceTime: "2026-02-31T00:00:00" });
  });

  it("reads users with their names as bytes, and shows no password", async () => {
    const { driver, clock, terminal } = await opened({ users: ZK_USERS.slice(0, 20) });
    terminal.state.names.set(1_002, bytesOf("D5 C5 C8 FD"));
    const users = await within(clock, 200, driver.users.read());
    expect(users).toHaveLength(20);
    expect(users[1]).toEqual({ uid: 2, privilege: 0, name: bytesOf("D5 C5 C8 FD"), card: 0, user: "1002" });
  });

  it("never disables the terminal, never asks for a template, and drops one that comes", async () => {
    const hall = await opened();
    const punches: DevicePunch[] = [];
    hall.driver.onPunch((punch) => punches.push(punch));
    hall.terminal.rememberPast(2_000);
    await within(hall.clock, 100, hall.driver.identify());
    await within(hall.clock, 2_000, download(hall));
    await within(hall.clock, 2_000, hall.driver.users.read());
    hall.terminal.sendTemplate(new Uint8Array(600).fill(7));
    await hall.clock.advance(10);
    expect(punches).toEqual([]);
    expect(hall.driver.lineErrors().droppedBiometric).toBe(1);
    const templateCommands = [COMMAND.DISABLE, 7, 10, 88, 134];
    expect([...hall.terminal.heard.keys()].filter((code) => templateCommands.includes(code))).toEqual([]);
  });

  it("says that a terminal is silent, and takes the late reply for nothing else", async () => {
    const { driver, clock, terminal } = await opened();
    const undo = terminal.define(answering(COMMAND.SIZES, "silence"));
    await expect(within(clock, SILENCE_MS_MAX, driver.counts())).rejects.toMatchObject({ code: "clock-silent" });
    undo();
    expect(await within(clock, 100, driver.counts())).toMatchObject({ users: 40 });
    expect(driver.lineErrors()).toMatchObject({ timeouts: 1, strays: 0 });
  });

  it("tells a refusal from a failure, and stays on the line", async () => {
    const { driver, clock, terminal } = await opened();
    terminal.define(answering(COMMAND.SET_TIME, [{ command: COMMAND.ERROR }], 1));
    await expect(within(clock, 100, driver.setTime("2026-11-23T08:00:00"))).rejects.toMatchObject({
      code: "clock-refused",
    });
    await within(clock, 100, driver.setTime("2026-11-23T08:00:00"));
  });

  it("rejects what is under way when the connection is lost, and connects again", async () => {
    const { driver, clock, line } = await opened();
    const lost: string[] = [];
    driver.onLost((reason) => lost.push(reason));
    const asking = driver.counts();
    line.unplug();
    await expect(within(clock, 10, asking)).rejects.toMatchObject({ code: "line-lost" });
    expect(lost).toEqual(["unplugged"]);
    await within(clock, 100, driver.open());
    expect(await within(clock, 100, driver.counts())).toMatchObject({ users: 40 });
  });

  it("is not disturbed by a write of the former connection that fails late", async () => {
    const { driver, clock, line } = await opened();
    let fail = (_error: Error) => {};
    const { write } = line;
    line.write = () => new Promise((_resolve, reject) => (fail = reject));
    const asked = driver.counts().catch((error) => error.code);
    line.unplug();
    expect(await asked).toBe("line-lost");
    line.write = write;
    await within(clock, 100, driver.open());
    fail(new Error("gone"));
    expect(await within(clock, 100, driver.counts())).toMatchObject({ users: 40 });
    expect(line.isOpen).toBe(true);
  });
});

describe("a download that fails", () => {
  it("tells what went wrong first, though the table cannot be freed either", async () => {
    const hall = await opened();
    hall.terminal.rememberPast(100);
    hall.terminal.define(shortPieces(Number.POSITIVE_INFINITY));
    hall.terminal.define(answering(COMMAND.FREE, "silence"));
    await expect(within(hall.clock, 60_000, download(hall))).rejects.toMatchObject({
      code: "clock-bad-answer",
      message: expect.stringContaining("bytes came of the table"),
    });
  });

  it("fails also when all came and the table is not freed", async () => {
    const hall = await opened();
    hall.terminal.rememberPast(100);
    hall.terminal.define(answering(COMMAND.FREE, "silence"));
    await expect(within(hall.clock, 60_000, download(hall))).rejects.toMatchObject({ code: "clock-silent" });
  });

  it("is freed too when nobody wants the rest of it", async () => {
    const hall = await opened();
    hall.terminal.rememberPast(5_000);
    const reading = (async () => {
      for await (const page of hall.driver.downloadLog({ from: "oldest", expected: 0 })) return page.records.length;
    })();
    expect(await within(hall.clock, 60_000, reading)).toBeGreaterThan(0);
    expect(hall.terminal.heard.get(COMMAND.FREE)).toBe(1);
  });
});

describe("limits of a ZK session", () => {
  it(`${WAITING_MAX} requests wait, one more is refused`, async () => {
    const { exchange, terminal, clock } = await opened();
    terminal.define(answering(COMMAND.SIZES, "silence"));
    const asked = Array.from({ length: WAITING_MAX + 1 }, () => exchange.ask({ command: COMMANDS.freeSizes }));
    const outcomes = Promise.allSettled(asked);
    await expect(exchange.ask({ command: COMMANDS.freeSizes })).rejects.toMatchObject({ code: "line-busy" });
    await within(clock, 10, exchange.close());
    expect((await outcomes).every(({ status }) => status === "rejected")).toBe(true);
  });

  it(`a reply ends after ${PACKETS_MAX} packets`, async () => {
    const { exchange, terminal, clock } = await opened();
    const endless = Array.from({ length: PACKETS_MAX + 1 }, () => ({ command: COMMAND.PREPARED }));
    terminal.define(answering(COMMAND.PIECE, endless));
    const asking = exchange.ask({ command: COMMANDS.readPiece, wantsMore: () => true });
    await expect(within(clock, 100, asking)).rejects.toMatchObject({ code: "clock-bad-answer" });
  });

  it(`more than ${MADE_MEANWHILE_MAX} records beyond the count fit no layout`, async () => {
    const hall = await opened();
    hall.terminal.rememberPast(1_000 + MADE_MEANWHILE_MAX + 1);
    const { log } = hall.terminal.state;
    hall.terminal.define({
      name: "counts too few",
      answers: {
        [COMMAND.SIZES]: () => {
          const sizes = Buffer.alloc(80);
          sizes.writeUInt32LE(log.length - MADE_MEANWHILE_MAX - 1, 32);
          return [{ command: COMMAND.OK, data: sizes }];
        },
      },
    });
    await expect(within(hall.clock, 1_000, download(hall))).rejects.toMatchObject({ code: "clock-bad-answer" });
  });
});
