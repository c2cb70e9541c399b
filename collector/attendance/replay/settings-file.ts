/** Settings of attendance as a file gives them: those of the worked cases, any part of them; what is absent stays as it is. */
import type * as z from "zod";
import { AppError } from "../../../protocol/errors.ts";
import { toSettings } from "./case-facts.ts";
import { caseFile, caseSettings } from "./case-file.ts";

const shape = caseSettings.extend({ thresholds: caseSettings.shape.thresholds.partial() }).partial();

/** Moments must stand in their order also beside those that are not given. */
export const settingsText = shape.superRefine((text, context) => {
  // Refinements see texts of the wrong form too.
  if (!shape.safeParse(text).success) return;
  const { arrivalWindow, departureWindow, lateAfter, earlyBefore, splitTime, dayStart } = toSettings(text);
  const inOrder = (first: number, second: number, path: string, message: string) => {
    if (first > second) context.addIssue({ code: "custom", path: [path], message });
  };
  inOrder(...arrivalWindow, "arrivalWindow", "结束早于开始 / ends before it begins");
  inOrder(...departureWindow, "departureWindow", "结束早于开始 / ends before it begins");
  inOrder(dayStart, lateAfter, "dayStart", "晚于 lateAfter / after lateAfter");
  inOrder(lateAfter, splitTime, "lateAfter", "晚于 splitTime / after splitTime");
  inOrder(splitTime, earlyBefore, "earlyBefore", "早于 splitTime / before splitTime");
});
export type SettingsText = z.infer<typeof settingsText>;

/** Throws AppError `bad-request` with one line for each fault, by its place. A whole file of worked cases gives its `config`. */
export function parseSettingsFile(json: string): SettingsText {
  const value = parseJson(json);
  const isCases = caseFile.shape.schema.safeParse((value as { schema?: unknown } | null)?.schema).success;
  const parsed = settingsText.safeParse(isCases ? (value as { config?: unknown }).config : value);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "."}: ${message}`);
  throw new AppError("bad-request", `设置文件不成立 / not a file of settings\n${lines.join("\n")}`);
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch (cause) {
    throw new AppError("bad-request", `设置文件不是 JSON / not JSON: ${(cause as Error).message}`, { cause });
  }
}
