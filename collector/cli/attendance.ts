/** `dianmao attendance`: days, months, years and persons as the database shows them, sheets, evidence, and replays of worked cases. */
import { writeFile } from "node:fs/promises";
import { Command } from "commander";
import { AppError } from "../../protocol/errors.ts";
import type { CompletenessView } from "../attendance-desk/read-completeness.ts";
import { titleOfCompleteness } from "../attendance-desk/sheets/complete.ts";
import { formatCsv } from "../attendance-desk/sheets/csv.ts";
import { daySheetOf } from "../attendance-desk/sheets/day.ts";
import { monthSheetOf } from "../attendance-desk/sheets/month.ts";
import { formatPage } from "../attendance-desk/sheets/page.ts";
import type { Sheet } from "../attendance-desk/sheets/sheet.ts";
import { formatXlsx } from "../attendance-desk/sheets/xlsx.ts";
import { eligibilitySheetOf, yearSheetOf } from "../attendance-desk/sheets/year.ts";
import type { DayList, MonthSheet, YearRow } from "../attendance-desk/views.ts";
import type { ApiClient } from "./api-client.ts";
import { followDay } from "./attendance-follow.ts";
import { personCommand } from "./attendance-person.ts";
import { rehearseCommand } from "./attendance-rehearse.ts";
import { replayCommand } from "./attendance-replay.ts";
import {
  apiCommand,
  type CommonFlags,
  EXIT_FOUND_OR_FAILED,
  printJson,
  readInput,
  untilInterrupted,
  withApi,
} from "./command.ts";
import { formatTable } from "./table.ts";

interface ViewFlags extends CommonFlags {
  unit?: string;
  asOf?: string;
  follow?: boolean;
  out?: string;
}

export function attendanceCommand(): Command {
  return new Command("attendance")
    .description("考勤 / attendance")
    .addCommand(todayCommand())
    .addCommand(dayCommand())
    .addCommand(monthCommand())
    .addCommand(yearCommand())
    .addCommand(personCommand())
    .addCommand(addCommand())
    .addCommand(replayCommand())
    .addCommand(rehearseCommand());
}

function viewCommand(name: string, description: string): Command {
  return apiCommand(name, description)
    .option("--unit <unit>", "窗口或处室 / unit")
    .option("--as-of <instant>", "按当时所知 / only what was known by then, RFC 3339")
    .option("--out <file>", "存为文件：.xlsx .csv .html / write a sheet");
}

function todayCommand(): Command {
  return viewCommand("today", "今日到岗情况 / who is here today")
    .option("--follow", "持续显示新的 / keep showing what changes")
    .action((flags: ViewFlags) => withApi(flags, (api) => showDay(api, undefined, flags)));
}

function dayCommand(): Command {
  return viewCommand("day", "某日 / one day")
    .argument("<date>", "YYYY-MM-DD")
    .action((date: string, flags: ViewFlags) => withApi(flags, (api) => showDay(api, date, flags)));
}

/** Without a date it is today at the site. */
async function showDay(api: ApiClient, date: string | undefined, flags: ViewFlags): Promise<undefined> {
  const { unit, asOf, json } = flags;
  const since = flags.follow ? await api.position() : undefined;
  const list = await api.get<DayList>("/attendance/day", { date, unit, asOf });
  const showList = (day: DayList) => show(flags, day, [daySheetOf(day, asOf)]);
  await showList(list);
  if (since !== undefined) await followDay(api, list, { unit, json, showList, signal: untilInterrupted(), since });
  return undefined;
}

function monthCommand(): Command {
  return viewCommand("month", "月考勤表 / the month's sheet")
    .argument("<month>", "YYYY-MM")
    .action((month: string, flags: ViewFlags) =>
      withApi(flags, async (api) => {
        const sheet = await api.get<MonthSheet>("/attendance/month", { month, unit: flags.unit, asOf: flags.asOf });
        await show(flags, sheet, [monthSheetOf(sheet, await completeTitle(api, flags.asOf))]);
        return undefined;
      }),
    );
}

function yearCommand(): Command {
  return viewCommand("year", "年度统计和资格台账 / the year's counters and eligibility")
    .argument("<year>", "YYYY")
    .action((year: string, flags: ViewFlags) =>
      withApi(flags, async (api) => {
        const { items } = await api.get<{ items: YearRow[] }>("/attendance/year", {
          year,
          unit: flags.unit,
          asOf: flags.asOf,
        });
        const complete = await completeTitle(api, flags.asOf);
        await show(flags, items, [
          yearSheetOf(Number(year), items, complete),
          eligibilitySheetOf(Number(year), items, complete),
        ]);
        return items.some(({ disqualified }) => disqualified) ? EXIT_FOUND_OR_FAILED : undefined;
      }),
    );
}

interface EvidenceFlags extends CommonFlags {
  dryRun?: boolean;
}

function addCommand(): Command {
  return apiCommand(
    "add",
    "录入证据：申请、批准、证明、会议签到、书面说明、故障、巡查、历法 / enter evidence from a JSON file",
  )
    .argument("<file>", "JSON：[{kind, body}, …]，- 为标准输入 / - is standard input")
    .option("--dry-run", "只检查 / check only")
    .action((file: string, flags: EvidenceFlags) =>
      withApi(flags, async (api) => {
        const rows = parseRows(String(await readInput(file)));
        const answer = await api.post<{ records: number[]; errors: { row: number; message: string }[] }>(
          "/attendance/evidence",
          {
            rows,
            dryRun: flags.dryRun ?? false,
          },
        );
        if (flags.json) printJson(answer);
        else if (answer.errors.length > 0)
          for (const { row, message } of answer.errors) console.error(`第 ${row} 条：${message}`);
        else console.log(flags.dryRun ? `检查通过：${rows.length} 条。` : `已录入 ${answer.records.length} 条。`);
        return answer.errors.length > 0 ? EXIT_FOUND_OR_FAILED : undefined;
      }),
    );
}

function parseRows(text: string): unknown[] {
  try {
    const value = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch (cause) {
    throw new AppError("bad-file", `not JSON: ${(cause as Error).message}`, { cause });
  }
}

async function show({ json, out }: ViewFlags, data: unknown, sheets: Sheet[]): Promise<void> {
  if (out !== undefined) await writeSheets(out, sheets);
  else if (json) printJson(data);
  else for (const sheet of sheets) printSheet(sheet);
}

async function writeSheets(out: string, sheets: Sheet[]): Promise<void> {
  const [first] = sheets as [Sheet];
  if (out.endsWith(".xlsx")) await writeFile(out, await formatXlsx(sheets));
  else if (out.endsWith(".csv")) await writeFile(out, formatCsv(first));
  else if (out.endsWith(".html")) await writeFile(out, formatPage(first));
  else
    throw new AppError("bad-file", "文件名应以 .xlsx、.csv 或 .html 结尾 / the file must end in .xlsx, .csv or .html");
  console.log(`已写入 ${out}`);
}

function printSheet({ titles, columns, rows, notes }: Sheet): void {
  console.log(titles.join("  "));
  console.log(
    formatTable(
      columns.map(({ title }) => title),
      rows.map((row) => row.map((cell) => String(cell ?? ""))),
    ),
  );
  for (const note of notes) console.log(note);
}

/** Above a sheet: up to when its data is complete, or the moment that it is as of. */
async function completeTitle(api: ApiClient, asOf: string | undefined): Promise<string> {
  return titleOfCompleteness(asOf === undefined ? await api.get<CompletenessView>("/attendance/complete") : null, asOf);
}
