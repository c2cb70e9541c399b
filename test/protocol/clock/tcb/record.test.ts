import { describe, expect, it } from "vitest";
import {
  doorOpened,
  inOutType,
  PAGE,
  PAGE_RECORDS_MAX,
  RECORD,
  recordBytes,
  verificationMethods,
} from "../../../../protocol/clock/tcb/record.ts";
import { CLOCK_TIME, localOfSeconds, secondsOfLocal } from "../../../../protocol/clock/tcb/time.ts";
import { bytesOf, hexOf } from "../../../support/hex.ts";
import { RECORD_VECTOR, TIME_VECTORS } from "./vectors.ts";

describe("a record", () => {
  it("vector 18 holds in both directions", () => {
    expect(RECORD.decode(bytesOf(RECORD_VECTOR.hex))).toEqual({ ok: true, value: RECORD_VECTOR.value });
    expect(hexOf(RECORD.encode(RECORD_VECTOR.value))).toBe(RECORD_VECTOR.hex);
  });

  it("tells the methods of its bitmask", () => {
    expect([1, 2, 3, 4, 8, 12, 0x10, 0].map(verificationMethods)).toEqual([
      ["finger"],
      ["finger"],
      ["finger"],
      ["password"],
      ["card"],
      ["password", "card"],
      ["other"],
      [],
    ]);
  });

  it("tells the in/out key from the door bit, for all kinds seen in the field", () => {
    const kinds = [0, 1, 2, 3, 128, 129, 135];
    expect(kinds.map(inOutType)).toEqual([0, 1, 2, 3, 0, 1, 7]);
    expect(kinds.map(doorOpened)).toEqual([false, false, false, false, true, true, true]);
  });

  it("keeps its raw bytes within a full page", () => {
    const page = PAGE.encode(Array.from({ length: PAGE_RECORDS_MAX }, () => RECORD_VECTOR.value));
    expect(page).toHaveLength(351);
    expect(recordBytes(page).map(hexOf)).toEqual(Array(PAGE_RECORDS_MAX).fill(RECORD_VECTOR.hex));
  });
});

describe("time", () => {
  it.each(TIME_VECTORS)("$seconds seconds are $local ($source)", ({ seconds, local }) => {
    expect(localOfSeconds(seconds)).toBe(local);
    expect(secondsOfLocal(local)).toBe(seconds);
  });

  it("starts on 2000-01-02, not on the 1st as the published PDFs say", () => {
    expect(localOfSeconds(0)).toBe("2000-01-02T00:00:00");
    expect(secondsOfLocal("2000-01-01T23:59:59")).toBeUndefined();
  });

  it("every number of seconds is a date, to the last", () => {
    expect(localOfSeconds(0xffffffff)).toBe("2136-02-08T06:28:15");
    expect(secondsOfLocal("2136-02-08T06:28:16")).toBeUndefined();
  });

  it("no date that a calendar does not have", () => {
    expect(
      ["2026-02-29T00:00:00", "2026-13-01T00:00:00", "2026-01-01", "2026-01-01T24:00:00"].map(secondsOfLocal),
    ).toEqual(Array(4).fill(undefined));
  });

  it("a clock can be set from 2000 to 2099 only", () => {
    expect(hexOf(CLOCK_TIME.encode("2099-12-31T23:59:59"))).toBe("63 0C 1F 17 3B 3B");
    expect(() => CLOCK_TIME.encode("2100-01-01T00:00:00")).toThrow(RangeError);
    expect(() => CLOCK_TIME.encode("1999-12-31T23:59:59")).toThrow(RangeError);
    expect(() => CLOCK_TIME.encode("2026-02-30T00:00:00")).toThrow(RangeError);
  });
});
