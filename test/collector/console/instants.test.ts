import { expect, test } from "vitest";
import { siteDate } from "../../../collector/console/instants.ts";

test.each([
  ["Asia/Shanghai", "2026-11-24"],
  ["Asia/Urumqi", "2026-11-23"],
  ["UTC", "2026-11-23"],
])("the day at a site is that of its zone: %s", (zone, date) => {
  expect(siteDate(Date.parse("2026-11-23T16:30:00Z"), zone)).toBe(date);
});
