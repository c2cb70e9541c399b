/** A year's table as the package chinese-days writes it: `{holidays: {date: text}, workdays: {date: text}}`. */
import * as z from "zod";
import { AppError } from "../../protocol/errors.ts";
import type { NoticeYear } from "./notice.ts";

const YEAR_FILE = z.object({
  holidays: z.record(z.iso.date(), z.string()),
  workdays: z.record(z.iso.date(), z.string()),
});

/** Throws AppError `bad-file`: no such table, an empty one, or one of several years. */
export function parseYearFile(text: string): NoticeYear {
  const table = YEAR_FILE.safeParse(parseJson(text));
  if (!table.success) throw new AppError("bad-file", `no table of a year: ${z.prettifyError(table.error)}`);
  const holidays = Object.keys(table.data.holidays).sort();
  const makeUpDays = Object.keys(table.data.workdays).sort();
  const years = new Set([...holidays, ...makeUpDays].map((date) => date.slice(0, 4)));
  const [year] = years;
  if (year === undefined || years.size > 1 || holidays.length === 0)
    throw new AppError("bad-file", `the table has days of ${years.size} years; it must be of one`);
  return { year: Number(year), holidays, makeUpDays };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("bad-file", `not JSON: ${(cause as Error).message}`, { cause });
  }
}
