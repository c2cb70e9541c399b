import { describe, expect, it } from "vitest";
import { playDay } from "../../../simulators/day/play.ts";
import { type DayEvent, formatMinute, writeDay } from "../../../simulators/day/script.ts";
import { createPopulation } from "../../../simulators/pcs/population.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const USERS = Array.from({ length: 60 }, (_, index) => index + 1);

function day(seed: number): DayEvent[] {
  return writeDay({ pcs: createPopulation(40, seed).pcs, clocks: [USERS, USERS], seed });
}

describe("the script of a day", () => {
  it("is the same for the same seed, in order of time", () => {
    expect(day(3)).toEqual(day(3));
    expect(day(4)).not.toEqual(day(3));
    const minutes = day(3).map(({ minute }) => minute);
    expect(minutes).toEqual([...minutes].sort((a, b) => a - b));
  });

  it("starts every PC once around eight, and shuts all down after five but the one whose cable is pulled", () => {
    const events = day(3);
    const starts = events.filter((event) => event.do === "start-pc");
    expect(new Set(starts.map((event) => event.pc)).size).toBe(40);
    expect(starts).toHaveLength(40);
    for (const { minute } of starts) {
      expect(minute).toBeGreaterThanOrEqual(7 * 60 + 57);
      expect(minute).toBeLessThanOrEqual(8 * 60 + 27);
    }
    const ends = events.filter((event) => event.do === "shut-down" || event.do === "cut-pc");
    expect(ends).toHaveLength(40);
    expect(ends.filter((event) => event.do === "cut-pc")).toHaveLength(1);
  });

  it("has one unauthorised address, one clone, and people who punch in and out", () => {
    const events = day(3);
    expect(events.filter((event) => event.do === "change-address")).toHaveLength(1);
    expect(events.filter((event) => event.do === "clone-pc")).toHaveLength(1);
    const punches = events.filter((event) => event.do === "punch");
    const out = punches.filter(({ type }) => type === 1);
    expect(out.length).toBeGreaterThan(100);
    for (const { minute } of out) expect(minute).toBeGreaterThanOrEqual(17 * 60);
  });
});

describe("playing a day", () => {
  const events: DayEvent[] = [
    { minute: 8 * 60, do: "start-pc", pc: "a" },
    { minute: 8 * 60 + 30, do: "shut-down", pc: "a" },
    { minute: 9 * 60, do: "start-pc", pc: "b" },
  ];

  async function play(act: (event: DayEvent) => Promise<void>, stopped: Promise<void> = new Promise(() => {})) {
    const clock = new VirtualClock();
    const played: string[] = [];
    const failed: string[] = [];
    const done = playDay(
      events,
      {
        act: async (event) => {
          played.push(`${event.do} at ${clock.monotonic()}`);
          await act(event);
        },
        failed: (event) => failed.push(event.do),
      },
      { speed: 60, stopped },
      clock,
    );
    const advancing = clock.advance(600_000);
    const whole = await done;
    const pendingTimers = clock.pendingTimers;
    await advancing;
    return { whole, played, failed, pendingTimers };
  }

  it("lets an hour pass in a minute at speed 60", async () => {
    const { whole, played } = await play(async () => {});
    expect(whole).toBe(true);
    expect(played).toEqual(["start-pc at 10000", "shut-down at 40000", "start-pc at 70000"]);
  });

  it("goes on after something failed", async () => {
    const { whole, failed } = await play(async (event) => {
      if (event.do === "shut-down") throw new Error("no");
    });
    expect([whole, failed]).toEqual([true, ["shut-down"]]);
  });

  it("can be broken off, and then nothing waits for the next event", async () => {
    let stop = () => {};
    const stopped = new Promise<void>((resolve) => {
      stop = resolve;
    });
    const { whole, played, pendingTimers } = await play(async () => stop(), stopped);
    expect([whole, played, pendingTimers]).toEqual([false, ["start-pc at 10000"], 0]);
  });
});

it("writes minutes as times of day", () => {
  expect([formatMinute(485.9), formatMinute(1020)]).toEqual(["08:05", "17:00"]);
});
