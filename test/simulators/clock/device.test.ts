import { describe, expect, it } from "vitest";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { type ClockBehaviour, refuse, refusing, silentOn } from "../../../simulators/clock/behaviour.ts";
import { ClockDevice } from "../../../simulators/clock/device.ts";
import { formatDial } from "../../../simulators/clock/local-time.ts";
import {
  MARKS_DO_NOTHING,
  PUSH_TAKES_THE_MARK,
  punchingMeanwhile,
} from "../../../simulators/clock/special-behaviours.ts";
import { COMMAND } from "../../../simulators/clock/standard-behaviour.ts";
import type { ClockOptions } from "../../../simulators/clock/state.ts";
import { requestFrame } from "../../../simulators/clock/wire.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

interface Reply {
  command: number;
  ret: number;
  data: number[];
}

function newClock(options: Partial<ClockOptions> = {}) {
  const clock = new VirtualClock(Date.parse("2026-11-23T00:00:00.000Z"));
  const device = new ClockDevice({ users: [7, 8], ...options }, { clock, log: SILENT_LOG });
  const frames: Uint8Array[] = [];
  device.onSend = (frame) => frames.push(frame);
  device.powerUp();
  frames.length = 0;
  const ask = (command: number, ...data: number[]): Reply | undefined => {
    device.receive(requestFrame(1, command, Uint8Array.from(data)));
    return asReply(frames.pop());
  };
  return { clock, device, frames, ask };
}

function asReply(frame: Uint8Array | undefined): Reply | undefined {
  if (!frame) return undefined;
  return { command: (frame[5] ?? 0) & 0x7f, ret: frame[6] ?? 0, data: [...frame.subarray(9, -2)] };
}

describe("a clock's time", () => {
  it("is local to where it hangs and drifts", async () => {
    const { clock, ask } = newClock({ driftPpm: 100, errorMs: 5_000 });
    expect(ask(COMMAND.GET_TIME)?.data).toEqual([26, 11, 23, 8, 0, 5]);
    await clock.advance(86_400_000);
    // 100 ppm of a day are 8.64 s.
    expect(ask(COMMAND.GET_TIME)?.data).toEqual([26, 11, 24, 8, 0, 13]);
  });

  it("can be set, and refuses what is no date", () => {
    const { ask } = newClock();
    expect(ask(COMMAND.SET_TIME, 26, 2, 29, 8, 0, 0)?.ret).toBe(1);
    expect(ask(COMMAND.SET_TIME, 26, 2, 28, 8, 0, 0)?.ret).toBe(0);
    expect(ask(COMMAND.GET_TIME)?.data).toEqual([26, 2, 28, 8, 0, 0]);
  });

  it("is kept over a power cut, unless the battery is flat", () => {
    const { device } = newClock();
    device.powerDown();
    device.powerUp();
    expect(formatDial(device.state.dial.read())).toBe("2026-11-23T08:00:00");
    device.powerDown();
    device.powerUp({ timeLost: true });
    expect(formatDial(device.state.dial.read())).toBe("2000-01-02T00:00:00");
  });
});

describe("a clock's memory", () => {
  it("hands out new records page by page, resends a page, and says 0 at the end", () => {
    const { device, ask } = newClock({ users: [7], realTime: false });
    for (let punch = 0; punch < 30; punch++) device.punch({ user: 7 });
    expect(ask(COMMAND.RECORDS, 2, 25)?.data[0]).toBe(25);
    const second = ask(COMMAND.RECORDS, 0, 25);
    expect(second?.data[0]).toBe(5);
    expect(ask(COMMAND.RECORDS, 0x10, 25)).toEqual(second);
    expect(ask(COMMAND.RECORDS, 0, 25)).toEqual({ command: COMMAND.RECORDS, ret: 0, data: [0] });
  });

  it("goes on with a download although someone punches meanwhile", () => {
    const { device, ask } = newClock({ users: [7], realTime: false });
    for (let punch = 0; punch < 3; punch++) device.punch({ user: 7 });
    expect(ask(COMMAND.RECORDS, 1, 2)?.data[0]).toBe(2);
    device.punch({ user: 7 });
    expect(ask(COMMAND.RECORDS, 0, 25)?.data[0]).toBe(2);
  });

  it("takes no punch when it is full, and none enters the ledger", () => {
    const { device } = newClock({ capacity: 1 });
    expect(device.punch({ user: 7 }).made).toBe(true);
    expect(device.punch({ user: 8 })).toEqual({ made: false, why: "log-full" });
    expect(device.ledger.entries.map((entry) => entry.user)).toEqual(["7"]);
  });

  it("unmarks all, and deletes all", () => {
    const { device, ask } = newClock();
    for (const user of [7, 8, 7]) device.punch({ user });
    expect(ask(COMMAND.CLEAR, 1, 0, 0, 0)?.data).toEqual([0, 0, 3]);
    expect(ask(COMMAND.COUNTS)?.data.slice(12)).toEqual([0, 0, 3, 0, 0, 0]);
    expect(ask(COMMAND.CLEAR, 0, 0, 0, 0)?.data).toEqual([0, 0, 3]);
    expect(device.state.log.count).toBe(0);
  });
});

describe("punching", () => {
  it("is pushed live only when configuration byte 5 says so", () => {
    const { device, frames, ask } = newClock({ realTime: false });
    device.punch({ user: 7 });
    expect(frames).toEqual([]);
    const realTimeOn = Array.from({ length: 15 }, (_, at) => (at === 4 ? 1 : 0xff));
    expect(ask(COMMAND.SET_CONFIGURATION, ...realTimeOn)?.ret).toBe(0);
    device.punch({ user: 8 });
    expect(asReply(frames.pop())?.command).toBe(COMMAND.PUSH);
    expect(device.ledger.entries.map((entry) => entry.pushed)).toEqual([false, true]);
  });

  it("is impossible for strangers, without power, and too soon after the last time", async () => {
    const { clock, device } = newClock();
    device.state.configuration[11] = 2;
    expect(device.punch({ user: 99 })).toEqual({ made: false, why: "unknown-user" });
    expect(device.punch({ user: 7 }).made).toBe(true);
    await clock.advance(119_000);
    expect(device.punch({ user: 7 })).toEqual({ made: false, why: "too-soon" });
    await clock.advance(1_000);
    expect(device.punch({ user: 7 }).made).toBe(true);
    device.powerDown();
    expect(device.punch({ user: 8 })).toEqual({ made: false, why: "no-power" });
  });

  it("numbers punches that are alike in the ledger", () => {
    const { device } = newClock();
    for (const type of [0, 0, 1]) device.punch({ user: 7, type });
    expect(device.ledger.entries.map(({ type, ordinal, deviceTime }) => ({ type, ordinal, deviceTime }))).toEqual([
      { type: 0, ordinal: 0, deviceTime: "2026-11-23T08:00:00" },
      { type: 0, ordinal: 1, deviceTime: "2026-11-23T08:00:00" },
      { type: 1, ordinal: 0, deviceTime: "2026-11-23T08:00:00" },
    ]);
  });
});

describe("behaviours", () => {
  it("override one command and inherit the rest, and can be taken off again", () => {
    const { device, ask } = newClock();
    const busy: ClockBehaviour = { name: "busy", answers: { [COMMAND.GET_TIME]: () => refuse(8) } };
    const undo = device.define(busy);
    expect(ask(COMMAND.GET_TIME)?.ret).toBe(8);
    expect(ask(COMMAND.COUNTS)?.ret).toBe(0);
    undo();
    expect(ask(COMMAND.GET_TIME)?.ret).toBe(0);
  });

  it("refuse or keep silent a number of times", () => {
    const { device, ask } = newClock();
    device.define(refusing(COMMAND.COUNTS, 1, 1));
    device.define(silentOn(COMMAND.GET_TIME, 1));
    expect([ask(COMMAND.COUNTS)?.ret, ask(COMMAND.COUNTS)?.ret]).toEqual([1, 0]);
    expect([ask(COMMAND.GET_TIME)?.ret, ask(COMMAND.GET_TIME)?.ret]).toEqual([undefined, 0]);
  });

  it("A350: whatever is unmarked, everything stays new", () => {
    const { device, ask } = newClock();
    device.define(MARKS_DO_NOTHING);
    for (const user of [7, 8]) device.punch({ user });
    expect(ask(COMMAND.CLEAR, 2, 0, 0, 2)).toEqual({ command: COMMAND.CLEAR, ret: 0, data: [0, 0, 2] });
    expect(ask(COMMAND.COUNTS)?.data.slice(12)).toEqual([0, 0, 2, 0, 0, 2]);
    expect(ask(COMMAND.RECORDS, 2, 25)?.data[0]).toBe(2);
  });

  it("some clocks take the mark off what they pushed", () => {
    const { device, ask } = newClock({ realTime: false });
    device.define(PUSH_TAKES_THE_MARK);
    device.punch({ user: 7 });
    device.state.configuration[4] = 1;
    device.punch({ user: 8 });
    const page = ask(COMMAND.RECORDS, 2, 25);
    expect([page?.data[0], page?.data[5]]).toEqual([1, 7]);
  });

  it("people punch between a request and its reply", () => {
    const { device, frames } = newClock();
    device.define(
      punchingMeanwhile(
        1,
        () => 0,
        () => device.punch({ user: 7 }),
      ),
    );
    device.receive(requestFrame(1, COMMAND.COUNTS, new Uint8Array()));
    expect(frames.map((frame) => asReply(frame)?.command)).toEqual([COMMAND.PUSH, COMMAND.COUNTS]);
    expect(asReply(frames[1])?.data.slice(12)).toEqual([0, 0, 1, 0, 0, 1]);
  });

  it("refuses what it does not know", () => {
    const { ask } = newClock();
    expect(ask(0x77)).toEqual({ command: 0x77, ret: 1, data: [] });
  });
});

describe("on a noisy line", () => {
  it("finds the request behind garbage, and one that comes in pieces", () => {
    const { device, ask, frames } = newClock();
    device.receive(Uint8Array.of(0xa5, 0x00, 0xa5, 0xff, 0x13));
    expect(ask(COMMAND.GET_TIME)?.ret).toBe(0);
    for (const byte of requestFrame(1, COMMAND.GET_TIME, new Uint8Array())) device.receive(Uint8Array.of(byte));
    expect(frames).toHaveLength(1);
  });

  it("forgets half a request after a silence", async () => {
    const { clock, device, ask } = newClock();
    device.receive(requestFrame(1, COMMAND.CLEAR, Uint8Array.of(0, 0, 0, 0)).subarray(0, 9));
    await clock.advance(400);
    expect(ask(COMMAND.GET_TIME)?.ret).toBe(0);
  });

  it("reports its start and beats every five minutes", async () => {
    const { clock, device, frames } = newClock();
    device.powerDown();
    device.powerUp();
    await clock.advance(600_000);
    expect(frames.map((frame) => frame[5])).toEqual([0x93, 0x7f, 0x7f]);
  });
});
