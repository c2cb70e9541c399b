import { describe, expect, it } from "vitest";
import type { DevicePunch } from "../../../../collector/clocks/drivers/driver.ts";
import { BACK_OFF_MS_MAX, backOff } from "../../../../collector/clocks/reader/back-off.ts";
import { COUNTED_MAX, IDENTITIES_MAX, PunchLedger } from "../../../../collector/clocks/reader/ledger.ts";
import { seededRandom } from "../../../../protocol/seeded-random.ts";

const punch = (user: number, type = 0): DevicePunch => ({
  user: String(user),
  deviceTime: "2026-11-23T08:00:00",
  verification: ["finger"],
  type,
  workCode: 0,
  raw: "00",
});

describe("the ledger of punches", () => {
  it("knows a punch again by user, time, type and ordinal", () => {
    const ledger = new PunchLedger();
    ledger.add(punch(1), 0);
    expect([
      ledger.has(punch(1), 0),
      ledger.has(punch(1), 1),
      ledger.has(punch(1, 1), 0),
      ledger.has(punch(2), 0),
    ]).toEqual([true, false, false, false]);
  });

  it("numbers punches alike in the order of the log, anew for each read", () => {
    const ledger = new PunchLedger();
    ledger.startLog([punch(1)]);
    expect([punch(1), punch(2), punch(1)].map((each) => ledger.ordinalInLog(each))).toEqual([1, 0, 2]);
    ledger.startLog([]);
    expect(ledger.ordinalInLog(punch(1))).toBe(0);
  });

  it("is bounded, and forgets the oldest first", () => {
    const ledger = new PunchLedger();
    for (let user = 0; user <= IDENTITIES_MAX; user++) ledger.add(punch(user), 0);
    expect([ledger.has(punch(0), 0), ledger.has(punch(1), 0)]).toEqual([false, true]);
    ledger.startLog([]);
    for (let user = 0; user <= COUNTED_MAX; user++) ledger.ordinalInLog(punch(user));
    expect([ledger.ordinalInLog(punch(0)), ledger.ordinalInLog(punch(COUNTED_MAX))]).toEqual([0, 1]);
  });
});

describe("the back-off", () => {
  it("doubles from 1 s to its maximum, between half and the whole of it", () => {
    const waits = backOff(() => 1);
    expect(Array.from({ length: 6 }, () => waits.next().value)).toEqual([1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
    const random = backOff(seededRandom(3));
    for (let attempt = 0; attempt < 100; attempt++) {
      const wait = random.next().value;
      expect(wait).toBeGreaterThanOrEqual(500);
      expect(wait).toBeLessThanOrEqual(BACK_OFF_MS_MAX);
    }
  });
});
