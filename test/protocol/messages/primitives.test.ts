import fc from "fast-check";
import { expect, test } from "vitest";
import { instant, parseInstant } from "../../../protocol/messages/primitives.ts";

test("an instant is what the system's calendar makes of it, in every year", () => {
  const date = fc.date({
    min: new Date("0000-01-01T00:00:00.000Z"),
    max: new Date("9999-12-31T23:59:59.999Z"),
    noInvalidDate: true,
  });
  fc.assert(
    fc.property(date, (one) => {
      expect(parseInstant(one.toISOString())).toBe(one.getTime());
    }),
  );
});

test.each([
  ["a leap day", "2024-02-29T00:00:00.000Z", Date.UTC(2024, 1, 29)],
  ["a leap day of a century divisible by 400", "2000-02-29T00:00:00.000Z", Date.UTC(2000, 1, 29)],
  ["a leap day of another century", "1900-02-29T00:00:00.000Z", Number.NaN],
  ["a day too many", "2026-02-29T00:00:00.000Z", Number.NaN],
  ["the day before the first", "2026-01-00T00:00:00.000Z", Number.NaN],
  ["a 13th month", "2026-13-01T00:00:00.000Z", Number.NaN],
  ["month 0", "2026-00-01T00:00:00.000Z", Number.NaN],
  ["hour 24", "2026-01-01T24:00:00.000Z", Number.NaN],
  ["minute 60", "2026-01-01T00:60:00.000Z", Number.NaN],
  ["a leap second", "2016-12-31T23:59:60.000Z", Number.NaN],
  ["another zone", "2026-01-01T00:00:00.000+08:00", Number.NaN],
  ["no milliseconds", "2026-01-01T00:00:00Z", Number.NaN],
  ["more behind it", "2026-01-01T00:00:00.000Z\n", Number.NaN],
  ["no text", 1_767_225_600_000, Number.NaN],
])("%s: %s", (_, value, ms) => {
  expect(parseInstant(value)).toBe(ms);
  expect(instant.safeParse(value).success).toBe(!Number.isNaN(ms));
});
