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
    ["{", ["设置文件不是 JSON / not JSON: "]],
    ["[]", ["设置文件不成立 / not a file of settings\n.: "]],
    ["null", [".: "]],
    ['{"schema":"attendance-acceptance/1"}', [".: "]],
    ['{"schema":"other/1"}', ["schema"]],
    ['{"lateAftr":"09:05:00"}', ["lateAftr"]],
    ['{"lateAfter":"9:05","graceSeconds":-1}', ["\nlateAfter: ", "\ngraceSeconds: "]],
    ['{"thresholds":{"absentMoreThan":"3"}}', ["thresholds.absentMoreThan: "]],
    ['{"arrivalWindow":["09:00:00","08:00:00"]}', ["arrivalWindow: 结束早于开始 / ends before it begins"]],
    ['{"departureWindow":["18:00:00","17:00:00"]}', ["departureWindow: 结束早于开始 / ends before it begins"]],
    ['{"splitTime":"08:00:00"}', ["lateAfter: 晚于 splitTime / after splitTime"]],
    ['{"splitTime":"17:30:00"}', ["earlyBefore: 早于 splitTime / before splitTime"]],
    ['{"dayStart":"10:00:00"}', ["dayStart: 晚于 lateAfter / after lateAfter"]],
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

  test("may let moments coincide", () => {
    const moments = { dayStart: "09:00:00", lateAfter: "09:00:00", splitTime: "09:00:00", earlyBefore: "09:00:00" };
    const windows = { arrivalWindow: ["09:00:00", "09:00:00"], departureWindow: ["18:00:00", "18:00:00"] };
    const text = { ...moments, ...windows };
    expect(parseSettingsFile(JSON.stringify(text))).toEqual(text);
  });

  test("that is no JSON names the cause", () => {
    expect(() => parseSettingsFile("{")).toThrow(expect.objectContaining({ cause: expect.any(SyntaxError) }));
  });
});
