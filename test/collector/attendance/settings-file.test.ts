import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseSettingsFile } from "../../../collector/attendance/replay/settings-file.ts";
import { isAppError } from "../../../protocol/errors.ts";

const CASES = readFileSync(new URL("cases.json", import.meta.url), "utf8");

describe("a file of settings", () => {
  test("gives what it says and nothing else", () => {
    expect(parseSettingsFile('{"lateAfter":"09:05:00","thresholds":{"absentMoreThan":2}}')).toEqual({
      lateAfter: "09:05:00",
      thresholds: { absentMoreThan: 2 },
    });
  });

  test("may be a file of worked cases, which has them as its config", () => {
    expect(parseSettingsFile(CASES)).toEqual(JSON.parse(CASES).config);
  });

  test.each([
    ["{", ["不是 JSON"]],
    ["[]", [".: "]],
    ['{"lateAftr":"09:05:00"}', ["lateAftr"]],
    ['{"lateAfter":"9:05","graceSeconds":-1}', ["lateAfter: ", "graceSeconds: "]],
    ['{"thresholds":{"absentMoreThan":"3"}}', ["thresholds.absentMoreThan: "]],
    ['{"arrivalWindow":["09:00:00","08:00:00"]}', ["arrivalWindow: "]],
    ['{"departureWindow":["18:00:00","17:00:00"]}', ["departureWindow: "]],
    ['{"splitTime":"08:00:00"}', ["lateAfter: "]],
    ['{"splitTime":"17:30:00"}', ["earlyBefore: "]],
    ['{"dayStart":"10:00:00"}', ["dayStart: "]],
  ])("%s is a wrong call, and each fault is named by its place", (json, places) => {
    let thrown: unknown;
    try {
      parseSettingsFile(json);
    } catch (error) {
      thrown = error;
    }
    expect(isAppError(thrown, "bad-request")).toBe(true);
    for (const place of places) expect((thrown as Error).message).toContain(place);
  });

  test("with moments that stand in their order beside those that are not given is accepted", () => {
    expect(parseSettingsFile('{"lateAfter":"08:30:00","splitTime":"12:00:00","earlyBefore":"16:30:00"}')).toMatchObject(
      {
        splitTime: "12:00:00",
      },
    );
  });
});
