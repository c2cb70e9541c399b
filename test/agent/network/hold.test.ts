import { describe, expect, it } from "vitest";
import { HOLD_DEFAULT, nextRelease, observe, release, startHold } from "../../../agent/network/hold.ts";
import { addressesOf, asLastReported, ipChangeOf } from "../../../agent/network/ip-change.ts";
import type { Adapter } from "../../../protocol/messages/records/posture.ts";
import { eth } from "../support/adapters.ts";

const OLD = eth(["10.20.3.41"]);
const NEW = eth(["10.20.3.99"]);

/** Feeds looks at given seconds and returns what was released at which second. */
function play(looks: readonly (readonly [second: number, adapters: readonly Adapter[]])[], limits = HOLD_DEFAULT) {
  let state = startHold(looks[0]?.[1] ?? []);
  const told: [second: number, from: string, to: string][] = [];
  const text = (adapter: Adapter | undefined) => adapter?.addresses.map(({ address }) => address).join(" ") ?? "-";
  for (const [second, adapters] of looks.slice(1)) {
    state = observe(state, adapters, second * 1000);
    const released = release(state, limits, second * 1000);
    state = released.state;
    for (const { from, to } of released.changes) told.push([second, text(from), text(to)]);
  }
  return told;
}

describe("holding a change", () => {
  it("reports a changed address once it has lasted 12 s", () => {
    expect(
      play([
        [0, [OLD]],
        [5, [NEW]],
        [16.9, [NEW]],
        [17, [NEW]],
        [60, [NEW]],
      ]),
    ).toEqual([[17, "10.20.3.41", "10.20.3.99"]]);
  });

  it("says nothing of a flap", () => {
    const down = { ...OLD, up: false };
    expect(
      play([
        [0, [OLD]],
        [5, [down]],
        [9, [OLD]],
        [40, [OLD]],
      ]),
    ).toEqual([]);
    expect(
      play([
        [0, [OLD]],
        [5, []],
        [16, [OLD]],
        [40, [OLD]],
      ]),
    ).toEqual([]);
  });

  it("starts anew while DHCP is still at work, and reports only where it ends", () => {
    expect(
      play([
        [0, [OLD]],
        [5, [eth([])]],
        [10, [eth(["169.254.7.7"])]],
        [15, [NEW]],
        [26.9, [NEW]],
        [27, [NEW]],
      ]),
    ).toEqual([[27, "10.20.3.41", "10.20.3.99"]]);
  });

  it("does not wait for ever for one that never rests", () => {
    const looks = Array.from({ length: 30 }, (_, index) => [5 + index * 3, [eth([`10.20.4.${index}`])]] as const);
    const told = play([[0, [OLD]], ...looks]);
    expect(told[0]).toEqual([65, "10.20.3.41", "10.20.4.20"]);
  });

  it("reports an adapter that came and one that went", () => {
    const usb = { ...eth(["172.16.43.2"]), id: "usb0" };
    expect(
      play([
        [0, [OLD]],
        [1, [OLD, usb]],
        [13, [OLD, usb]],
        [20, [OLD]],
        [32, [OLD]],
      ]),
    ).toEqual([
      [13, "-", "172.16.43.2"],
      [32, "172.16.43.2", "-"],
    ]);
  });

  it("gives an adapter that has just lost its addresses longer, where a slow DHCP is expected", () => {
    const limits = { ...HOLD_DEFAULT, lostMs: 60_000 };
    const looks = [
      [0, [OLD]],
      [1, [eth([])]],
      [13, [eth([])]],
      [30, [OLD]],
      [90, [OLD]],
    ] as const;
    expect(
      play(
        looks.map(([second, adapters]) => [second, [...adapters]] as const),
        limits,
      ),
    ).toEqual([]);
    expect(
      play(
        [
          [0, [OLD]],
          [1, [NEW]],
          [13, [NEW]],
        ],
        limits,
      ),
    ).toHaveLength(1);
  });

  it("says when it will next have something to say", () => {
    const state = observe(startHold([OLD]), [NEW], 5_000);
    expect(nextRelease(state, HOLD_DEFAULT)).toBe(17_000);
    expect(nextRelease(startHold([OLD]), HOLD_DEFAULT)).toBeUndefined();
  });
});

describe("ip-change records", () => {
  const change = (from: Adapter, to: Adapter) => ipChangeOf({ id: "eth0", from, to, sinceMs: 1_000 }, 13_000);

  it("tell old and new addresses and how long the new ones have held", () => {
    expect(change(OLD, NEW)).toEqual({
      adapter: "eth0",
      mac: "52:54:00:12:34:56",
      kind: "wired",
      from: [{ address: "10.20.3.41", prefix: 24, origin: "manual" }],
      to: [{ address: "10.20.3.99", prefix: 24, origin: "manual" }],
      heldSeconds: 12,
    });
  });

  it("are not made for a link that went down, nor for link-local addresses", () => {
    expect(change(OLD, { ...OLD, up: false })).toBeUndefined();
    expect(change(OLD, eth(["10.20.3.41", "169.254.7.7", "fe80::1"]))).toBeUndefined();
  });

  it("show a lost address and a manual one in the place of a leased one", () => {
    expect(change(OLD, eth(["169.254.7.7"]))).toMatchObject({ to: [] });
    const leased = { ...OLD, addresses: [{ address: "10.20.3.41", prefix: 24, origin: "dhcp" as const }] };
    expect(change(leased, OLD)).toMatchObject({ from: [{ origin: "dhcp" }], to: [{ origin: "manual" }] });
  });
});

describe("a fresh start", () => {
  it("compares with what was last reported", () => {
    const reported = addressesOf([OLD, { ...eth([]), id: "eth1" }]);
    expect(reported).toEqual({ eth0: OLD.addresses });
    expect(asLastReported([NEW], reported)).toEqual([OLD]);
    expect(asLastReported([OLD], reported)).toEqual([OLD]);
    expect(asLastReported([NEW], undefined)).toEqual([NEW]);
    expect(asLastReported([{ ...NEW, id: "usb0" }], reported)).toEqual([{ ...NEW, id: "usb0" }]);
  });
});
