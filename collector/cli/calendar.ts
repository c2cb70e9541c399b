/** `dianmao calendar`: a year's holidays and make-up days entered from a notice or a table, single days by a local notice. */
import { Command } from "commander";
import { AppError } from "../../protocol/errors.ts";
import type { MonthSheet } from "../attendance-desk/views.ts";
import { type NoticeYear, parseNotice } from "../calendar/notice.ts";
import { parseYearFile } from "../calendar/year-file.ts";
import type { ApiClient } from "./api-client.ts";
import { apiCommand, type CommonFlags, EXIT_FOUND_OR_FAILED, printJson, readInput, withApi } from "./command.ts";
import { formatTable } from "./table.ts";

interface EntryFlags extends CommonFlags {
  source: string;
  dryRun?: boolean;
}

const DAY_NAMES = { workday: "上班", restday: "休息", unknown: "历法未定" } as const;
const MONTHS = Array.from({ length: 12 }, (_, index) => String(index + 1).padStart(2, "0"));
/** Of nobody: only the days are wanted. */
const NO_UNIT = "-";

export function calendarCommand(): Command {
  return new Command("calendar")
    .description("节假日和调休 / holidays and make-up days")
    .addCommand(listCommand())
    .addCommand(importCommand())
    .addCommand(dayCommand());
}

function entryCommand(name: string, description: string): Command {
  return apiCommand(name, description)
    .requiredOption("--source <text>", "依据，如文号 / on what it rests")
    .option("--dry-run", "只检查 / check only");
}

function importCommand(): Command {
  return entryCommand("import", "录入一年的放假安排 / enter a year")
    .option("--text <file>", "国务院办公厅通知的文字 / text of the notice")
    .option("--year-file <file>", "chinese-days 的 YYYY.json / table of a year")
    .action((flags: EntryFlags & { text?: string; yearFile?: string }) =>
      withApi(flags, async (api) => {
        const year = await readYear(flags);
        if (!flags.json) printYear(year);
        return await enter(api, flags, { kind: "calendar.year", body: { ...year, source: flags.source } });
      }),
    );
}

async function readYear({ text, yearFile }: { text?: string; yearFile?: string }): Promise<NoticeYear> {
  if ((text === undefined) === (yearFile === undefined))
    throw new AppError("bad-request", "--text 和 --year-file 须给其一 / give one of --text and --year-file");
  if (yearFile !== undefined) return parseYearFile(String(await readInput(yearFile)));
  const notice = parseNotice(String(await readInput(text as string)));
  if (!notice.ok) throw new AppError("bad-file", notice.detail);
  return notice.value;
}

function printYear({ year, holidays, makeUpDays }: NoticeYear): void {
  console.log(`${year} 年：放假 ${holidays.length} 天，调休上班 ${makeUpDays.length} 天。`);
  console.log(`放假：${holidays.join(" ")}`);
  console.log(`上班：${makeUpDays.join(" ") || "-"}`);
}

function dayCommand(): Command {
  return entryCommand("day", "按本地通知录入一天 / enter one day")
    .argument("<date>", "YYYY-MM-DD")
    .requiredOption("--type <type>", "workday 或 restday / workday or restday")
    .action((date: string, flags: EntryFlags & { type: string }) =>
      withApi(flags, (api) => {
        const { type, source } = flags;
        return enter(api, flags, { kind: "calendar.day", body: { date, type, source } });
      }),
    );
}

async function enter(api: ApiClient, { json, dryRun = false }: EntryFlags, row: unknown) {
  const answer = await api.post<{ records: number[]; errors: { message: string }[] }>("/attendance/evidence", {
    rows: [row],
    dryRun,
  });
  if (json) printJson(answer);
  else if (answer.errors.length > 0) for (const { message } of answer.errors) console.error(message);
  else console.log(dryRun ? "检查通过，没有录入。Nothing was entered." : "已录入。Entered.");
  return answer.errors.length > 0 ? EXIT_FOUND_OR_FAILED : undefined;
}

function listCommand(): Command {
  return apiCommand("list", "列出一年的工作日 / list the days of a year")
    .requiredOption("--year <year>", "YYYY")
    .action((flags: CommonFlags & { year: string }) =>
      withApi(flags, async (api) => {
        const days: MonthSheet["days"] = [];
        for (const month of MONTHS) {
          const sheet = await api.get<MonthSheet>("/attendance/month", {
            month: `${flags.year}-${month}`,
            unit: NO_UNIT,
          });
          days.push(...sheet.days);
        }
        if (flags.json) printJson(days);
        else
          console.log(
            formatTable(
              ["日期", "认定"],
              days.map(({ date, dayType }) => [date, DAY_NAMES[dayType]]),
            ),
          );
        return days.some(({ dayType }) => dayType === "unknown") ? EXIT_FOUND_OR_FAILED : undefined;
      }),
    );
}
