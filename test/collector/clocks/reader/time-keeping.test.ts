import { describe, expect, it } from "vitest";
import { addSample, fullAt } from "../../../../collector/clocks/reader/forecast.ts";
import { nextSecond, offsetOf, shouldSet } from "../../../../collector/clocks/reader/time-keeping.ts";
import { GROWTH_SAMPLES_MAX } from "../../../../collector/clocks/reader/watermark.ts";

const ZONE = "Asia/Shanghai";
const NOON = Date.parse("2026-11-23T04:00:00.000Z");

describe("the offset of a clock", () => {
  it.each([
    ["2026-11-23T12:00:00", 0, 100, 450],
    ["2026-11-23T12:00:30", 0, 100, 30_450],
    ["2026-11-23T11:59:30", 0, 100, -29_550],
    ["2000-01-02T00:00:00", 0, 0, -848_664_000_000 + 500],
    ["2026-11-23T12:00:00", 0, 4_001, undefined],
    ["2026-02-30T12:00:00", 0, 100, undefined],
  ])("shown %s, asked at +%i, answered at +%i ms: %s", (deviceTime, sent, received, offset) => {
    expect(offsetOf({ deviceTime, sentAt: NOON + sent, receivedAt: NOON + received }, ZONE)).toBe(offset);
  });
});

describe("whether to set a clock", () => {
  const question = { offsetMs: 6_000, now: NOON, zone: ZONE, lastPunchAt: undefined, lastRefusedAt: undefined };
  it.each([
    ["it is wrong", {}, true],
    ["it is behind", { offsetMs: -6_000 }, true],
    ["it is hardly wrong", { offsetMs: 4_999 }, false],
    ["people are punching", { lastPunchAt: NOON - 5_000 }, false],
    ["people are punching, and it is an alarm", { lastPunchAt: NOON - 5_000, offsetMs: 30_000 }, true],
    ["it refused a while ago", { lastRefusedAt: NOON - 3_599_000 }, false],
    ["it refused an hour ago", { lastRefusedAt: NOON - 3_600_000 }, true],
    ["midnight is near here", { now: NOON + 11.98 * 3_600_000 }, false],
    ["midnight has just been here", { now: NOON + 12.02 * 3_600_000 }, false],
    ["midnight is near on the clock", { offsetMs: 11.98 * 3_600_000 }, false],
    ["noon is near", { now: NOON - 60_000 }, true],
  ])("when %s: %s", (_when, change, answer) => {
    expect(shouldSet({ ...question, ...change })).toBe(answer);
  });

  it("sets the second that begins next", () => {
    expect(nextSecond(NOON + 250, ZONE)).toEqual({ waitMs: 750, local: "2026-11-23T12:00:01" });
    expect(nextSecond(NOON, ZONE)).toEqual({ waitMs: 1_000, local: "2026-11-23T12:00:01" });
  });
});

describe("the forecast of a full log", () => {
  const HOUR = 3_600_000;
  const at = (hours: number, records: number) => ({ at: NOON + hours * HOUR, records });

  it.each([
    ["10 an hour, 500 left", [at(0, 0), at(24, 240)], at(50, 500), 1_000, NOON + 100 * HOUR],
    ["nothing known", [], at(0, 10), 1_000, undefined],
    ["less than a day known", [at(0, 0)], at(23, 230), 1_000, undefined],
    ["it does not grow", [at(0, 10)], at(48, 10), 1_000, undefined],
    ["more than ten years off", [at(0, 0)], at(48, 1), 50_000, undefined],
    ["full", [at(0, 0)], at(1, 1_000), 1_000, NOON + HOUR],
  ])("%s", (_what, samples, now, capacity, expected) => {
    expect(fullAt(samples, now, capacity)).toBe(expected);
  });

  it("keeps a sample every half day, a bounded number, and begins anew when the log was cleared", () => {
    expect(addSample([at(0, 5)], at(11, 9))).toEqual([at(0, 5)]);
    expect(addSample([at(0, 5)], at(12, 9))).toEqual([at(0, 5), at(12, 9)]);
    expect(addSample([at(0, 5), at(12, 9)], at(13, 2))).toEqual([at(13, 2)]);
    const many = Array.from({ length: GROWTH_SAMPLES_MAX }, (_, index) => at(index * 12, index));
    expect(addSample(many, at(1_000, 1_000))).toEqual([...many.slice(1), at(1_000, 1_000)]);
  });
});
