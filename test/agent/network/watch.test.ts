import { describe, expect, it } from "vitest";
import { type HeldChange, HOLD_DEFAULT } from "../../../agent/network/hold.ts";
import { LOOK_GAP_MAX_MS, NetworkWatch, SETTLE_MS } from "../../../agent/network/watch.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import type { Adapter } from "../../../protocol/messages/records/posture.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { eth } from "../support/adapters.ts";

const OLD = eth(["10.20.3.41"]);
const NEW = eth(["10.20.3.99"]);

function setUp(baseline: Adapter[] = [OLD]) {
  const clock = new VirtualClock();
  const world: { adapters: Adapter[] | undefined; looks: number; broken: boolean } = {
    adapters: baseline,
    looks: 0,
    broken: false,
  };
  const told: { atMs: number; changes: HeldChange[]; believed: Adapter[] }[] = [];
  const watch = new NetworkWatch(baseline, {
    clock,
    log: SILENT_LOG,
    look: async () => {
      world.looks++;
      if (world.broken) throw new Error("broken");
      return world.adapters;
    },
    limits: () => HOLD_DEFAULT,
    report: async (changes, believed) => void told.push({ atMs: clock.monotonic(), changes, believed }),
  });
  return { clock, world, told, watch };
}

describe("watching the network", () => {
  it("looks once for a burst of signs and reports when the hold is over", async () => {
    const { clock, world, told, watch } = setUp();
    world.adapters = [NEW];
    for (let sign = 0; sign < 10; sign++) watch.sign();
    await clock.advance(SETTLE_MS);
    expect(world.looks).toBe(1);
    expect(watch.holding()).toBe(true);
    await clock.advance(12_000);
    expect(told).toMatchObject([{ atMs: SETTLE_MS + 12_000, changes: [{ id: "eth0", from: OLD, to: NEW }] }]);
    expect(watch.holding()).toBe(false);
    expect(clock.pendingTimers).toBe(0);
  });

  it("looks again before it reports: what has gone back by then is no change", async () => {
    const { clock, world, told, watch } = setUp();
    world.adapters = [NEW];
    watch.sign();
    await clock.advance(5_000);
    world.adapters = [OLD];
    await clock.advance(60_000);
    expect(told).toEqual([]);
  });

  it("believes of an adapter that is still moving what it was before", async () => {
    const wifi = (address: string) => ({ ...eth([address]), id: "wlan0" });
    const { clock, world, told, watch } = setUp([OLD, wifi("10.30.0.1")]);
    world.adapters = [NEW, wifi("10.30.0.1")];
    watch.sign();
    await clock.advance(10_000);
    world.adapters = [NEW, wifi("10.30.0.9")];
    watch.sign();
    await clock.advance(4_000);
    expect(told).toMatchObject([{ changes: [{ id: "eth0" }], believed: [NEW, wifi("10.30.0.1")] }]);
    expect(watch.holding()).toBe(true);
    await clock.advance(10_000);
    expect(told[1]).toMatchObject({ changes: [{ id: "wlan0" }], believed: [NEW, wifi("10.30.0.9")] });
  });

  it("spaces looks out while signs mean nothing, up to a bound that keeps a report within 20 s", async () => {
    const { clock, world, watch } = setUp();
    for (let second = 0; second < 600; second++) {
      watch.sign();
      await clock.advance(100);
    }
    expect(world.looks).toBeLessThan(25);
    expect(LOOK_GAP_MAX_MS + HOLD_DEFAULT.holdMs).toBeLessThan(20_000);
  });

  it("does not spin when the adapters cannot be read while a change is held", async () => {
    const { clock, world, told, watch } = setUp();
    world.adapters = [NEW];
    watch.sign();
    await clock.advance(SETTLE_MS);
    world.adapters = undefined;
    await clock.advance(20_000);
    world.broken = true;
    await clock.advance(20_000);
    expect(world.looks).toBeLessThan(30);
    world.broken = false;
    world.adapters = [NEW];
    await clock.advance(5_000);
    expect(told).toHaveLength(1);
  });

  it("leaves no timer behind when it is stopped", async () => {
    const { clock, world, watch } = setUp();
    world.adapters = [NEW];
    watch.sign();
    await clock.advance(1_000);
    watch.sign();
    watch.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
