import { describe, expect, it } from "vitest";
import { instantOfLocal, localOfInstant } from "../../../protocol/clock/local-time.ts";

const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());

describe("local time and zones", () => {
  // zdump -v of the tz database gives the same instants.
  it.each([
    ["Asia/Shanghai", "2026-11-23T08:59:58", "2026-11-23T00:59:58.000Z"],
    ["Asia/Shanghai", "2000-01-02T00:00:00", "2000-01-01T16:00:00.000Z"],
    ["Asia/Shanghai", "1991-07-01T12:00:00", "1991-07-01T03:00:00.000Z"],
    ["Asia/Urumqi", "2026-11-23T08:59:58", "2026-11-23T02:59:58.000Z"],
    ["Asia/Kathmandu", "2026-11-23T08:59:58", "2026-11-23T03:14:58.000Z"],
    ["America/New_York", "2026-07-01T12:00:00", "2026-07-01T16:00:00.000Z"],
    ["America/New_York", "2026-12-01T12:00:00", "2026-12-01T17:00:00.000Z"],
  ])("%s %s is %s, and back", (zone, local, instant) => {
    expect(iso(instantOfLocal(local, zone))).toBe(instant);
    expect(localOfInstant(Date.parse(instant), zone)).toBe(local);
  });

  it("takes the first of a time that comes twice", () => {
    expect(iso(instantOfLocal("2026-11-01T01:30:00", "America/New_York"))).toBe("2026-11-01T05:30:00.000Z");
  });

  it("takes a time that never comes as before the change", () => {
    expect(iso(instantOfLocal("2026-03-08T02:30:00", "America/New_York"))).toBe("2026-03-08T07:30:00.000Z");
  });

  it("knows the hours before and after a change", () => {
    expect(iso(instantOfLocal("2026-03-08T01:59:59", "America/New_York"))).toBe("2026-03-08T06:59:59.000Z");
    expect(iso(instantOfLocal("2026-03-08T03:00:00", "America/New_York"))).toBe("2026-03-08T07:00:00.000Z");
    expect(iso(instantOfLocal("2026-11-01T02:00:00", "America/New_York"))).toBe("2026-11-01T07:00:00.000Z");
  });

  it("has no instant for what is no date", () => {
    expect(instantOfLocal("2026-02-30T00:00:00", "Asia/Shanghai")).toBeUndefined();
    expect(instantOfLocal("yesterday", "Asia/Shanghai")).toBeUndefined();
  });
});
