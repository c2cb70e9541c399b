import { describe, expect, it, vi } from "vitest";
import {
  epochMilliseconds,
  epochSeconds,
  filetime,
  instantOf,
  localInstant,
  looseDate,
} from "../../../agent/probes/dates.ts";

const NOW = Date.parse("2026-11-23T01:00:00.000Z");
const sentinel = { ok: false, code: "sentinel-value" };
const unreadable = { ok: false, code: "unreadable" };

describe("dates of vendors", () => {
  it("reads a FILETIME of Defender's registry key", () => {
    expect(filetime("00 9b 55 8c 89 61 d2 01", NOW)).toEqual({ ok: true, instant: "2016-12-29T04:10:54.000Z" });
    expect(filetime("009B558C8961D201", NOW)).toMatchObject({ ok: true });
    expect(filetime("00 9b 55", NOW)).toEqual(unreadable);
    expect(filetime("0000000000000000", NOW)).toEqual(sentinel);
  });

  it("reads epoch seconds, decimal or as reg.exe writes them; never and all ones are no dates", () => {
    expect(epochSeconds("1600696324", NOW)).toEqual({ ok: true, instant: "2020-09-21T13:52:04.000Z" });
    expect(epochSeconds("0x5f68b004", NOW)).toEqual({ ok: true, instant: "2020-09-21T13:52:04.000Z" });
    expect(epochSeconds("0", NOW)).toEqual(sentinel);
    expect(epochSeconds("0xffffffff", NOW)).toEqual(sentinel);
    expect(epochSeconds("yesterday", NOW)).toEqual(unreadable);
  });

  it("refuses what lies before 2000 or more than two days ahead", () => {
    expect(epochMilliseconds("65535", NOW)).toEqual(sentinel);
    expect(instantOf(Date.UTC(1999, 11, 31), NOW)).toEqual(sentinel);
    expect(instantOf(NOW + 47 * 3_600_000, NOW)).toMatchObject({ ok: true });
    expect(instantOf(NOW + 49 * 3_600_000, NOW)).toEqual(sentinel);
    expect(instantOf(Number.NaN, NOW)).toEqual(unreadable);
  });

  it("reads wall-clock digits in the zone of the PC", () => {
    vi.stubEnv("TZ", "Asia/Shanghai");
    expect(looseDate("20261123080158", NOW)).toEqual({ ok: true, instant: "2026-11-23T00:01:58.000Z" });
    expect(looseDate("2026:11:22 12:01:05", NOW)).toEqual({ ok: true, instant: "2026-11-22T04:01:05.000Z" });
    expect(looseDate("20261121", NOW)).toEqual({ ok: true, instant: "2026-11-20T16:00:00.000Z" });
    expect(looseDate("2026-11-22T00:00:00Z", NOW)).toEqual({ ok: true, instant: "2026-11-22T00:00:00.000Z" });
    expect(looseDate("no date", NOW)).toEqual(unreadable);
  });

  it("refuses days that do not exist", () => {
    expect(localInstant([2026, 2, 30], NOW)).toEqual(unreadable);
    expect(localInstant([2026, 11, 22, 25, 0, 0], NOW)).toEqual(unreadable);
  });
});
