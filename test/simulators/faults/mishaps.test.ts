import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { type PlannedMishap, planMishaps, runMishaps } from "../../../simulators/faults/mishaps.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

describe("a plan of mishaps", () => {
  it("is the same for the same seed, in order, and about as frequent as asked", () => {
    const plan = (seed: number) => planMishaps({ unplug: 6, "power-cut": 3 }, 600_000, seededRandom(seed));
    expect(plan(3)).toEqual(plan(3));
    expect(plan(4)).not.toEqual(plan(3));
    const times = plan(3).map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.length).toBeGreaterThan(60);
    expect(times.length).toBeLessThan(120);
  });

  it("is carried out at its times; a mid-frame one waits for a frame on the wire", async () => {
    const clock = new VirtualClock();
    const plan: PlannedMishap[] = [
      { atMs: 100, mishap: "unplug", forMs: 50, midFrame: false },
      { atMs: 200, mishap: "power-cut", forMs: 50, midFrame: true },
    ];
    const befallen: string[] = [];
    let sending = false;
    runMishaps(plan, clock, {
      sending: () => sending,
      befall: async (mishap) => {
        befallen.push(`${mishap} at ${clock.monotonic()}`);
      },
    });
    await clock.advance(300);
    expect(befallen).toEqual(["unplug at 100"]);
    sending = true;
    await clock.advance(10);
    expect(befallen).toEqual(["unplug at 100", "power-cut at 302"]);
  });

  it("can be stopped before its end", async () => {
    const clock = new VirtualClock();
    const befallen: string[] = [];
    const stop = runMishaps([{ atMs: 100, mishap: "unplug", forMs: 1, midFrame: false }], clock, {
      sending: () => false,
      befall: async (mishap) => void befallen.push(mishap),
    });
    await stop();
    await clock.advance(1_000);
    expect(befallen).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});
