import { expect, it } from "vitest";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { startCrowd } from "../../../simulators/clock/crowd.ts";
import { ClockDevice } from "../../../simulators/clock/device.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

async function anHour(seed: number) {
  const clock = new VirtualClock();
  const device = new ClockDevice({ users: [1, 2, 3] }, { clock, log: SILENT_LOG });
  device.powerUp();
  const stop = startCrowd(device, { everyMs: 10_000 }, { clock, random: seededRandom(seed) });
  await clock.advance(3_600_000);
  stop();
  const made = device.ledger.entries.length;
  await clock.advance(3_600_000);
  return { entries: device.ledger.entries, made };
}

it("a crowd punches at about the rate asked for, the same way for the same seed, and goes home", async () => {
  const first = await anHour(1);
  expect(first.made).toBeGreaterThan(300);
  expect(first.made).toBeLessThan(420);
  expect(first.entries.length).toBe(first.made);
  expect((await anHour(1)).entries).toEqual(first.entries);
  expect(new Set(first.entries.map(({ user }) => user))).toEqual(new Set(["1", "2", "3"]));
});
