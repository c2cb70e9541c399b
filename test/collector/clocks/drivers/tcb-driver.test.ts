import { beforeEach, describe, expect, it } from "vitest";
import type { LogPage } from "../../../../collector/clocks/drivers/driver.ts";
import { DEFAULT_TIMING, TcbBus, WAITING_MAX } from "../../../../collector/clocks/drivers/tcb-bus.ts";
import { TcbDriver } from "../../../../collector/clocks/drivers/tcb-driver.ts";
import { encodeReply } from "../../../../protocol/clock/tcb/commands.ts";
import { encodeFrame } from "../../../../protocol/clock/tcb/frame.ts";
import { SILENT_LOG } from "../../../../protocol/log.ts";
import { seededRandom } from "../../../../protocol/seeded-random.ts";
import { FRAME_VECTORS } from "../../../protocol/clock/tcb/vectors.ts";
import { bytesOf } from "../../../support/hex.ts";
import { settle, within as settledWithin, VirtualClock } from "../../../support/virtual-clock.ts";
import { ClockModel, damaged, heartbeatOf, lost } from "../support/clock-model.ts";
import { MemoryLine } from "../support/memory-line.ts";

let clock: VirtualClock;
let line: MemoryLine;
let bus: TcbBus;
let driver: TcbDriver;
let model: ClockModel;

beforeEach(async () => {
  clock = new VirtualClock();
  line = new MemoryLine();
  bus = new TcbBus({ baud: 9600, ...DEFAULT_TIMING }, { line, clock, log: SILENT_LOG });
  driver = new TcbDriver(1, bus);
  model = new ClockModel(line, clock);
  await driver.open();
});

const within = <T>(ms: number, promise: Promise<T>) => settledWithin(clock, ms, promise);

async function usersOf(pages: AsyncIterable<LogPage>): Promise<string[]> {
  const users: string[] = [];
  for await (const page of pages) users.push(...page.records.map((record) => record.user));
  return users;
}

function fillLog(count: number): string[] {
  for (let user = 1; user <= count; user++) model.punch(user, { push: false });
  return Array.from({ length: count }, (_, index) => String(index + 1));
}

const read = (expected: number, from: "oldest" | "oldest-new" = "oldest") =>
  usersOf(driver.downloadLog({ from, expected }));

describe("the TC_B driver", () => {
  it("identifies the clock", async () => {
    expect(await within(100, driver.identify())).toEqual({ serial: "SN-0001", firmware: "03.26.93", model: "M3" });
  });

  it("reads the time with the moments of question and answer", async () => {
    const sentAt = clock.now();
    expect(await within(100, driver.readTime())).toEqual({
      deviceTime: "2026-11-23T08:00:00",
      sentAt,
      receivedAt: sentAt + 5,
    });
  });

  it("turns live push on with read-back, and only when it is off", async () => {
    model.settings.realTime = 0;
    expect(await within(100, driver.setLivePush(true))).toBe(true);
    expect(await within(100, driver.setLivePush(true))).toBe(true);
    expect(model.asked).toEqual(["getSettings", "setSettings", "getSettings", "getSettings"]);
    expect(model.settings).toMatchObject({ realTime: 1, lowMemoryAlarm: 100, bellDelay: 5 });
  });

  it("hands over the captured live push", async () => {
    const punches: unknown[] = [];
    driver.onPunch((punch, readAt) => punches.push({ ...punch, readAt }));
    line.receive(bytesOf(FRAME_VECTORS.find((row) => row.number === 16)?.hex ?? ""));
    expect(punches).toEqual([
      {
        user: "38",
        deviceTime: "2020-01-02T13:29:14",
        verification: ["finger"],
        type: 2,
        doorOpened: false,
        workCode: 0,
        raw: "0000000026259f5b2a0102000000",
        readAt: clock.now(),
      },
    ]);
  });

  it("asks a clock that was silent only once, where another waits for the line, until it answers again", async () => {
    new TcbDriver(2, bus);
    model.power = false;
    await expect(within(10_000, driver.readTime())).rejects.toMatchObject({ code: "clock-silent" });
    expect(line.written.length).toBe(3);
    await expect(within(10_000, driver.readTime())).rejects.toMatchObject({ code: "clock-silent" });
    expect(line.written.length).toBe(4);
    model.power = true;
    await within(10_000, driver.readTime());
    model.power = false;
    await expect(within(10_000, driver.readTime())).rejects.toMatchObject({ code: "clock-silent" });
    expect(line.written.length).toBe(8);
  });

  it("says which clock is silent after three tries", async () => {
    model.power = false;
    await expect(within(20_000, driver.counts())).rejects.toMatchObject({ code: "clock-silent" });
    expect(driver.lineErrors().timeouts).toBe(3);
    expect(line.written).toHaveLength(3);
  });

  it("tells a refusal from a failure, and stays on the line", async () => {
    model.refusesTime = true;
    await expect(within(100, driver.setTime("2026-11-23T08:00:00"))).rejects.toMatchObject({ code: "clock-refused" });
    expect(driver.lineErrors().refused).toBe(1);
    expect(await within(100, driver.counts())).toMatchObject({ records: 0 });
  });

  it("never repeats what would act twice", async () => {
    model.faults = [lost];
    await expect(within(20_000, driver.unmark(5))).rejects.toMatchObject({ code: "clock-silent" });
    expect(model.unmarked).toEqual([5]);
    model.faults = [lost];
    await expect(within(20_000, driver.setTime("2026-11-23T08:00:00"))).rejects.toMatchObject({ code: "clock-silent" });
    expect(model.asked.filter((name) => name === "setTime")).toHaveLength(1);
  });

  it("answers a heartbeat once, and not its own echo", async () => {
    line.receive(heartbeatOf(1));
    await clock.advance(10);
    line.receive(encodeReply("heartbeat", 1, null));
    await clock.advance(10);
    expect(model.heartbeatAnswers).toBe(1);
    await clock.advance(300_000);
    line.receive(heartbeatOf(1));
    await clock.advance(10);
    expect(model.heartbeatAnswers).toBe(2);
    expect(Buffer.from(line.written[0] ?? []).toString("hex")).toBe("a500000001ff00000078c1");
  });

  it("drops fingerprint templates and photos unread, and counts them", async () => {
    const seen: unknown[] = [];
    driver.onPunch((punch) => seen.push(punch));
    for (const command of [0x2b, 0x2c, 0x44, 0x45, 0x5c, 0x78]) {
      line.receive(encodeFrame({ shape: "reply", device: 1, command, status: 0, data: new Uint8Array(338).fill(7) }));
    }
    expect(driver.lineErrors().droppedBiometric).toBe(6);
    expect(seen).toEqual([]);
    expect(line.written).toEqual([]);
  });

  it("makes no punch out of noise (seeded)", async () => {
    const punches: unknown[] = [];
    driver.onPunch((punch) => punches.push(punch));
    const push = bytesOf(FRAME_VECTORS.find((row) => row.number === 16)?.hex ?? "");
    for (let seed = 1; seed <= 3_000; seed++) {
      const random = seededRandom(seed);
      const bytes = Uint8Array.from({ length: 1 + Math.floor(random() * 300) }, () => Math.floor(random() * 256));
      // A genuine push, whole but for its last byte, makes the noise look like something.
      bytes.set(push.subarray(0, bytes.length));
      if (bytes.length >= push.length) bytes[push.length - 1] = 0;
      line.receive(bytes);
      if (random() < 0.5) await clock.advance(DEFAULT_TIMING.interByteMs);
      expect(punches, `seed ${seed}`).toEqual([]);
    }
    await clock.advance(1_000);
    line.receive(push);
    expect(punches).toHaveLength(1);
  });

  it("fails all requests when the line is lost, and tells so once", async () => {
    const reasons: string[] = [];
    driver.onLost((reason) => reasons.push(reason));
    const failures = Promise.allSettled([driver.counts(), driver.readTime()]);
    line.unplug();
    line.unplug();
    expect(await failures).toMatchObject([{ reason: { code: "line-lost" } }, { reason: { code: "line-lost" } }]);
    expect(reasons).toEqual(["unplugged"]);
    await expect(driver.counts()).rejects.toMatchObject({ code: "line-lost" });
  });

  it("works again after the line was opened again, and takes half a frame for nothing", async () => {
    line.receive(bytesOf("A5 00 00 00 01 DF 00 00"));
    line.unplug();
    await driver.open();
    expect(await within(100, driver.counts())).toMatchObject({ records: 0 });
    expect(driver.lineErrors().crcErrors).toBe(0);
  });

  it("is not disturbed by a write of the former line that fails late", async () => {
    let fail = (_error: Error) => {};
    const { write } = line;
    line.write = () => new Promise((_resolve, reject) => (fail = reject));
    const asked = driver.counts().catch((error) => error.code);
    line.unplug();
    expect(await asked).toBe("line-lost");
    line.write = write;
    await driver.open();
    fail(new Error("gone"));
    expect(await within(100, driver.counts())).toMatchObject({ records: 0 });
    expect(line.isOpen).toBe(true);
  });

  it("lets only so many requests wait", async () => {
    model.power = false;
    const asked = Array.from({ length: WAITING_MAX + 2 }, () => driver.counts().catch((error) => error.code));
    expect(await asked.at(-1)).toBe("line-busy");
    line.unplug();
    expect(new Set(await Promise.all(asked.slice(0, -1)))).toEqual(new Set(["line-lost"]));
  });

  it("keeps several clocks of one line apart, one request in flight", async () => {
    const second = new TcbDriver(2, bus);
    const other = new ClockModel(line, clock, 2);
    other.serial = "SN-0002";
    await second.open();
    const both = Promise.all([driver.identify(), second.identify()]);
    expect((await within(200, both)).map(({ serial }) => serial)).toEqual(["SN-0001", "SN-0002"]);
    const punches: string[] = [];
    driver.onPunch(() => punches.push("first"));
    second.onPunch(() => punches.push("second"));
    other.punch(5);
    expect(punches).toEqual(["second"]);
    await driver.close();
    expect(line.isOpen).toBe(true);
    await second.close();
    expect(line.isOpen).toBe(false);
  });
});

describe("downloading the log", () => {
  it("reads all pages in order", async () => {
    const users = fillLog(60);
    expect(await within(1_000, read(60))).toEqual(users);
    expect(model.asked).toEqual(["page", "page", "page"]);
  });

  it("asks for the next page before the last one is stored", async () => {
    fillLog(200);
    const pages = driver.downloadLog({ from: "oldest", expected: 200 })[Symbol.asyncIterator]();
    await within(1_000, pages.next());
    // One taken, four read ahead; then the bound holds.
    expect(model.asked).toHaveLength(5);
    await pages.return?.();
  });

  it("asks for the next page in the very moment in which a page is there", async () => {
    fillLog(5_000);
    const startedAt = clock.now();
    const all = read(5_000);
    await clock.advance(200 * model.replyMs);
    expect((await all).length).toBe(5_000);
    expect(clock.now() - startedAt).toBe(200 * model.replyMs);
  });

  it.each([
    ["the reply to a continue is lost", lost],
    ["the reply to a continue is damaged", damaged],
  ])("has each page once when %s", async (_what, fault) => {
    const users = fillLog(110);
    model.faults = [keep, fault, keep, keep, fault];
    expect(await within(60_000, read(110))).toEqual(users);
  });

  it("has each page once when the continue itself never reached the clock", async () => {
    const users = fillLog(60);
    const { device } = line;
    let writes = 0;
    line.device = (bytes) => (++writes === 2 ? undefined : device(bytes));
    expect(await within(60_000, read(60))).toEqual(users);
  });

  it("has each page once when a reply comes after its time", async () => {
    const users = fillLog(110);
    model.faults = [keep, lateBy(2_000)];
    expect(await within(60_000, read(110))).toEqual(users);
    expect(driver.lineErrors()).toMatchObject({ timeouts: 1, strays: 1 });
  });

  it("asks again for a page that is shorter than it can be", async () => {
    const users = fillLog(50);
    model.faults = [() => encodeReply("page", 1, model.log.slice(0, 7))];
    expect(await within(1_000, read(50))).toEqual(users);
  });

  it("ends where the clock refuses to continue", async () => {
    const users = fillLog(25);
    model.faults = [keep, () => bytesOf("A5 00 00 00 01 C0 01 00 00 AF 65")];
    expect(await within(1_000, read(30))).toEqual(users);
  });

  it("gives up on a clock that goes round and round", async () => {
    fillLog(25);
    model.faults = Array.from({ length: 100 }, () => () => encodeReply("page", 1, model.log));
    await expect(within(5_000, read(50, "oldest-new"))).rejects.toMatchObject({ code: "log-runaway" });
  });

  it("gives up when the next page does not come", async () => {
    fillLog(50);
    model.faults = [keep, lost, keep, lost, keep, lost, keep, lost, keep];
    const { device } = line;
    line.device = (bytes) => (isContinue(bytes) ? undefined : device(bytes));
    await expect(within(60_000, read(50))).rejects.toMatchObject({ code: "clock-silent" });
  });

  it("takes pushes that come meanwhile", async () => {
    fillLog(50);
    const live: string[] = [];
    driver.onPunch((punch) => live.push(punch.user));
    const all = read(50);
    await clock.advance(7);
    model.punch(99);
    await clock.advance(1_000);
    expect(await all).toHaveLength(50);
    expect(live).toEqual(["99"]);
  });

  it("waits before each further page for as long as it is told", async () => {
    fillLog(50);
    let release = () => {};
    const pause = () => new Promise<void>((resolve) => (release = resolve));
    const all = usersOf(driver.downloadLog({ from: "oldest", expected: 50, pause }));
    await clock.advance(1_000);
    expect(model.asked).toEqual(["page"]);
    release();
    await settle();
    await clock.advance(1_000);
    expect(await all).toHaveLength(50);
  });

  it("reads from the first new record, and makes sure that nothing follows", async () => {
    fillLog(30);
    model.marks.fill(false, 0, 28);
    expect(await within(1_000, read(2, "oldest-new"))).toEqual(["29", "30"]);
    expect(model.asked).toEqual(["page", "page"]);
  });
});

function keep(reply: Uint8Array): Uint8Array {
  return reply;
}

function lateBy(ms: number) {
  return (reply: Uint8Array) => {
    clock.after(ms, () => line.receive(reply));
    return new Uint8Array();
  };
}

function isContinue(bytes: Uint8Array): boolean {
  return bytes[5] === 0x40 && bytes[8] === 0;
}
