import { describe, expect, test } from "vitest";
import { firstDelayMs } from "../../../protocol/uplink/first-delay.ts";
import type { SourceOptions } from "../../../protocol/uplink/source.ts";

const options = (index: number, more: Partial<SourceOptions> = {}): SourceOptions => ({
  home: "home",
  kind: "agent",
  machine: index.toString(16).padStart(16, "0"),
  fingerprint: [],
  hostname: "pc",
  version: "1",
  broker: "mqtts://10.0.0.7:8883",
  ...more,
});

describe("the wait before the first connect", () => {
  test("is always the same for one machine, and spreads a thousand over the minute", () => {
    const waits = Array.from({ length: 1000 }, (_, index) => firstDelayMs(options(index), undefined));
    expect(waits).toEqual(Array.from({ length: 1000 }, (_, index) => firstDelayMs(options(index), undefined)));
    const perTenSeconds = [0, 1, 2, 3, 4, 5].map(
      (tens) => waits.filter((ms) => Math.floor(ms / 10_000) === tens).length,
    );
    for (const count of perTenSeconds) expect(count).toBeGreaterThan(120);
  });

  test("is as short as the settings say, and nothing on this machine", () => {
    expect(firstDelayMs(options(1, { firstConnectSpreadMs: 0 }), undefined)).toBe(0);
    for (const broker of ["mqtts://127.0.0.1:8883", "mqtts://localhost", "mqtts://[::1]:8883"]) {
      expect(firstDelayMs(options(1, { broker }), undefined)).toBe(0);
    }
    expect(firstDelayMs(options(1, { broker: "mqtts://localhost.example" }), undefined)).toBeGreaterThan(0);
  });
});
