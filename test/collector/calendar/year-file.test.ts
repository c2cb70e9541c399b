import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { parseYearFile } from "../../../collector/calendar/year-file.ts";
import { YEAR_2026 } from "../../../collector/calendar/years/2026.ts";

test("reads the file that the package brings", () => {
  const folder = dirname(createRequire(import.meta.url).resolve("chinese-days/package.json"));
  const text = readFileSync(join(folder, "dist/years/2026.json"), "utf8");
  expect(parseYearFile(text)).toEqual({
    year: 2026,
    holidays: Object.keys(YEAR_2026.holidays).sort(),
    makeUpDays: Object.keys(YEAR_2026.workdays).sort(),
  });
});

test.each([
  "",
  "[]",
  '{"holidays":{},"workdays":{}}',
  '{"holidays":{"2026-02-30":"x"},"workdays":{}}',
  '{"holidays":{"2026-01-01":"x"},"workdays":{"2027-01-02":"x"}}',
])("refuses %s", (text) => {
  expect(() => parseYearFile(text)).toThrow(expect.objectContaining({ code: "bad-file" }));
});
