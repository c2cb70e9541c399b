import { describe, expect, it } from "vitest";
import { THINK_MS_MAX } from "../../../../collector/clocks/drivers/ef01-exchange.ts";
import { LIGHT_SILENCES_MAX } from "../../../../collector/clocks/drivers/ef01-module.ts";
import { REPEAT_MS_MIN } from "../../../../collector/clocks/modules/debounce.ts";
import { AppError } from "../../../../protocol/errors.ts";
import { answering, ZFM_20 } from "../../../../simulators/ef01/behaviour.ts";
import { answer, CODE, COMMAND } from "../../../../simulators/ef01/wire.ts";
import { within } from "../../../support/virtual-clock.ts";
import { makeModuleHall } from "../support/module-hall.ts";

const FINGER = 77;
const LIBRARY: [number, number][] = [
  [3, FINGER],
  [4, 78],
];

async function started(...options: Parameters<typeof makeModuleHall>) {
  const hall = makeModuleHall({ library: LIBRARY, ...options[0] }, options[1]);
  hall.reader.start();
  await hall.clock.advance(2_000);
  return hall;
}

type ModuleHall = Awaited<ReturnType<typeof started>>;

async function touch({ sensor, clock }: ModuleHall, finger: number, ms: number): Promise<void> {
  sensor.layOn(finger);
  await clock.advance(ms);
  sensor.lift();
}

describe("a bare module as a clock", () => {
  it("makes a punch of a finger, in the collector's own time, and shows green once it is journalled", async () => {
    const hall = await started();
    await touch(hall, FINGER, 600);
    expect(hall.sink.punches).toEqual([
      {
        clock: "unnumbered-door",
        device: 1,
        user: "1024",
        deviceTime: "2026-11-23T08:00:02",
        offsetMs: 0,
        readAt: expect.any(String),
        verification: ["finger"],
        type: 0,
        workCode: 0,
        ordinal: 0,
        via: "live",
        raw: "00030078",
      },
    ]);
    expect(hall.lights[0]).toBe("green");
    await hall.reader.stop();
  });

  it("takes a finger held down for a minute for one punch, and shows one green light: a second would be the next person's", async () => {
    const hall = await started();
    await touch(hall, FINGER, 60_000);
    expect(hall.sink.punches).toHaveLength(1);
    expect(hall.lights).toEqual(["green"]);
    await hall.reader.stop();
  });

  it("shows green again to a finger still held down when the module did not say that it had shown it", async () => {
    const hall = await started();
    await touch(hall, 78, 600);
    await hall.clock.advance(2_000);
    hall.sensor.define(answering(COMMAND.LIGHT, "silence", 1));
    hall.sensor.layOn(FINGER);
    await hall.clock.advance(THINK_MS_MAX * 2 + 2_000);
    expect(hall.lights).toEqual(["green", "green"]);
    expect(hall.sink.punches).toHaveLength(2);
    await hall.reader.stop();
  });

  it("shows green also to a finger that was lifted and laid on again at once", async () => {
    const hall = await started();
    await touch(hall, FINGER, 600);
    await hall.clock.advance(1_000);
    await touch(hall, FINGER, 600);
    expect(hall.lights).toEqual(["green", "green"]);
    expect(hall.sink.punches).toHaveLength(1);
    await hall.reader.stop();
  });

  it("takes the same finger for a new punch only when it was lifted and some time has passed", async () => {
    const hall = await started();
    await touch(hall, FINGER, 600);
    await hall.clock.advance(1_000);
    await touch(hall, FINGER, 600);
    expect(hall.sink.punches).toHaveLength(1);
    await hall.clock.advance(REPEAT_MS_MIN + 1_000);
    await touch(hall, FINGER, 600);
    expect(hall.sink.punches).toHaveLength(2);
    await hall.reader.stop();
  });

  it("lets the next person punch at once, and keeps a page that nobody is known for", async () => {
    const hall = await started();
    await touch(hall, FINGER, 600);
    await touch(hall, 78, 600);
    expect(hall.sink.punches.map(({ user }) => user)).toEqual(["1024", "page-4"]);
    await hall.reader.stop();
  });

  it("keeps a page that nobody is known for also when the page map has become unreadable", async () => {
    const hall = await started();
    hall.pages = new AppError("page-map-bad", "as the test wishes");
    await touch(hall, 78, 600);
    expect(hall.sink.punches.map(({ user }) => user)).toEqual(["page-4"]);
    await hall.reader.stop();
  });

  it("shows red to a stranger, also with an empty library", async () => {
    const hall = await started({ library: [] });
    await touch(hall, 99, 400);
    hall.sensor.define(answering(COMMAND.SEARCH, { code: CODE.EMPTY }));
    await touch(hall, 99, 400);
    expect(hall.sink.punches).toEqual([]);
    expect(new Set(hall.lights)).toEqual(new Set(["red"]));
    await hall.reader.stop();
  });

  it("shows red when the journal does not take the punch, and takes the next attempt", async () => {
    const hall = await started();
    hall.sink.fault = "journal-full";
    await touch(hall, FINGER, 300);
    expect(hall.lights).toEqual(["red"]);
    hall.sink.fault = undefined;
    await touch(hall, FINGER, 600);
    expect(hall.sink.punches).toHaveLength(1);
    expect(hall.reader.state().counters).toMatchObject({ live: 1, notKept: 1 });
    await hall.reader.stop();
  });

  it.each(["zfm-20", "as608"] as const)("works without a light: %s", async (model) => {
    const hall = await started({ startMs: 500 });
    if (model === "zfm-20") for (const behaviour of ZFM_20) hall.sensor.define(behaviour);
    else hall.sensor.define(answering(COMMAND.LIGHT, { code: CODE.UNSUPPORTED }));
    for (let person = 0; person < LIGHT_SILENCES_MAX + 2; person++) {
      await touch(hall, person % 2 === 0 ? FINGER : 78, 600);
      await hall.clock.advance(10_000);
    }
    expect(hall.sink.punches).toHaveLength(LIGHT_SILENCES_MAX + 2);
    expect(hall.sensor.heard.get(COMMAND.LIGHT)).toBe(model === "as608" ? 1 : LIGHT_SILENCES_MAX);
    await hall.reader.stop();
  });

  it("goes on showing light when the first answers about it were lost on the line", async () => {
    const hall = await started();
    hall.sensor.define(answering(COMMAND.LIGHT, "silence", LIGHT_SILENCES_MAX - 1));
    for (const finger of [FINGER, 78, FINGER, 78]) {
      await touch(hall, finger, 600);
      await hall.clock.advance(10_000);
    }
    expect(hall.sink.punches).toHaveLength(4);
    expect(hall.lights).toEqual(["green", "green"]);
    await hall.reader.stop();
  });

  it("never asks for an image or a template, and drops one that comes", async () => {
    const hall = await started();
    hall.line.receive(Buffer.from("ef01ffffffff02000502030400" + "10", "hex"));
    await touch(hall, FINGER, 600);
    const moving = [COMMAND.UPLOAD_IMAGE, COMMAND.UPLOAD_TEMPLATE, 0x09, 0x0b];
    expect([...hall.sensor.heard.keys()].filter((code) => moving.includes(code as never))).toEqual([]);
    expect(hall.module.lineErrors().droppedBiometric).toBe(1);
    await hall.reader.stop();
  });
});

describe("what goes wrong with a module", () => {
  it("says that its password is another", async () => {
    const hall = await started({ password: 0x1234 });
    expect(hall.reader.state()).toMatchObject({ connected: false, trouble: "clock-refused" });
    await hall.reader.stop();
  });

  it("works with its password", async () => {
    const hall = await started({ password: 0x1234 }, { password: 0x1234 });
    expect(hall.reader.state()).toMatchObject({ connected: true });
    await hall.reader.stop();
  });

  it("is silent when its address was changed, and works when it is told", async () => {
    const hall = await started({ address: 0x00000abc });
    await hall.clock.advance(20_000);
    expect(hall.reader.state()).toMatchObject({ connected: false, trouble: "clock-silent" });
    await hall.reader.stop();
    const told = await started({ address: 0x00000abc }, { address: 0x00000abc });
    expect(told.reader.state()).toMatchObject({ connected: true });
    await told.reader.stop();
  });

  it("names the address of a module that answers under another", async () => {
    const { clock, line, module, sensor } = makeModuleHall();
    await within(clock, 1_000, module.open());
    sensor.onSend = () => line.receive(answer(0xabc, 0));
    const asking = within(clock, THINK_MS_MAX * 2, module.count());
    await expect(asking).rejects.toMatchObject({ code: "clock-bad-answer", message: expect.stringContaining("ABC") });
  });

  it("comes back after a power cut with its 55, and tells the loss", async () => {
    const hall = await started();
    hall.line.unplug();
    hall.sensor.powerDown();
    await hall.clock.advance(3_000);
    expect(hall.reader.state().connected).toBe(false);
    hall.sensor.powerUp();
    await hall.clock.advance(30_000);
    await touch(hall, FINGER, 600);
    expect(hall.sink.punches).toHaveLength(1);
    expect(hall.sink.events("lost")).toMatchObject([{ reason: "line-lost", family: "ef01" }]);
    expect(hall.sink.events("online")).toHaveLength(2);
    await hall.reader.stop();
  });

  it("is not disturbed by a write of the former line that fails late", async () => {
    const { clock, line, module } = makeModuleHall();
    await within(clock, 1_000, module.open());
    let fail = (_error: Error) => {};
    const { write } = line;
    line.write = () => new Promise((_resolve, reject) => (fail = reject));
    const asked = module.count().catch((error) => error.code);
    line.unplug();
    expect(await asked).toBe("line-lost");
    line.write = write;
    await within(clock, 1_000, module.open());
    fail(new Error("gone"));
    expect(await within(clock, 1_000, module.count())).toBe(0);
    expect(line.isOpen).toBe(true);
  });

  it("takes a late acknowledgement for nothing: no punch of the last person for the next finger", async () => {
    const hall = await started();
    await touch(hall, FINGER, 600);
    await hall.clock.advance(REPEAT_MS_MIN * 2);
    hall.sensor.define(answering(COMMAND.FEATURES, "silence", 1));
    hall.sensor.layOn(99);
    await hall.clock.advance(THINK_MS_MAX + 700);
    hall.line.receive(answer(0xffffffff, CODE.OK));
    await hall.clock.advance(10_000);
    expect(hall.sink.punches).toHaveLength(1);
    expect(hall.module.lineErrors()).toMatchObject({ timeouts: 1, strays: 1 });
    await hall.reader.stop();
  });
});
