/** `dianmao attendance rehearse`: what other settings would have made of recorded days, before -> after, and the totals. */
import type { Command } from "commander";
import { AppError } from "../../protocol/errors.ts";
import type { Counters } from "../attendance/counters.ts";
import { LOSS_ARTICLES, type LossReason } from "../attendance/eligibility.ts";
import { parseSettingsFile, type SettingsText } from "../attendance/replay/settings-file.ts";
import { SLOT_STATUSES } from "../attendance/status.ts";
import type { RehearsalPage, RehearsedPerson } from "../attendance-desk/rehearsal.ts";
import type { ApiClient } from "./api-client.ts";
import { apiCommand, type CommonFlags, EXIT_FOUND_OR_FAILED, printJson, readInput, withApi } from "./command.ts";
import { formatTable } from "./table.ts";

interface RehearseFlags extends CommonFlags {
  settings: string;
  from: string;
  to: string;
  unit?: string;
}

/** The people of whom something differs, and how many were looked at. */
export interface Rehearsed {
  people: number;
  items: RehearsedPerson[];
}

export interface RehearsalTotals {
  /** People looked at, and those of whom something differs. */
  people: number;
  changedPeople: number;
  /** `late->normal` and how many half-days. */
  slots: Record<string, number>;
  /** People and years that would lose the eligibility, and that would keep it. */
  lost: number;
  kept: number;
}

export function rehearseCommand(): Command {
  return apiCommand(
    "rehearse",
    "试算：换一套设置，已记录的日子会怎样认定；不改任何数据 / what other settings would give",
  )
    .requiredOption("--settings <file>", "设置，JSON，格式同案例的 config；- 为标准输入 / settings as in the cases")
    .requiredOption("--from <date>", "YYYY-MM-DD")
    .requiredOption("--to <date>", "YYYY-MM-DD")
    .option("--unit <unit>", "窗口或处室 / unit")
    .action((flags: RehearseFlags) =>
      withApi(flags, async (api) => {
        const rehearsed = await rehearseAll(api, await readSettings(flags.settings), flags);
        const totals = totalsOf(rehearsed);
        if (flags.json) printJson({ totals, people: rehearsed.items });
        else printRehearsed(rehearsed.items, totals);
        return totals.changedPeople > 0 ? EXIT_FOUND_OR_FAILED : undefined;
      }),
    );
}

/** A file that is none of settings is a wrong call, as a wrong option is. */
async function readSettings(file: string): Promise<SettingsText> {
  const bytes = await readInput(file).catch((cause: Error) => {
    throw new AppError("bad-request", cause.message, { cause });
  });
  return parseSettingsFile(String(bytes));
}

async function rehearseAll(api: ApiClient, settings: SettingsText, flags: RehearseFlags): Promise<Rehearsed> {
  const { from, to, unit } = flags;
  const items: RehearsedPerson[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await api.post<RehearsalPage>("/attendance/rehearse", { settings, from, to, unit, after });
    items.push(...page.items);
    if (page.next === null) return { people: page.total, items };
    console.error(`已试算 ${page.done}/${page.total} 人 / people`);
    after = page.next;
  }
}

export function totalsOf({ people, items }: Rehearsed): RehearsalTotals {
  const slots: Record<string, number> = {};
  for (const { before, after } of items.flatMap((item) => item.slots)) {
    const change = `${before}->${after}`;
    slots[change] = (slots[change] ?? 0) + 1;
  }
  const eligibility = items.flatMap(({ years }) => years.flatMap((year) => year.eligibility ?? []));
  return {
    people,
    changedPeople: items.length,
    slots,
    lost: eligibility.filter(({ before, after }) => before.length === 0 && after.length > 0).length,
    kept: eligibility.filter(({ before, after }) => before.length > 0 && after.length === 0).length,
  };
}

const HALVES = { am: "上午", pm: "下午" } as const;
const COUNTERS: Record<keyof Counters, string> = {
  late: "迟到（次）",
  early: "早退（次）",
  lateEarly: "迟到加早退（次）",
  sickDays: "病假（天）",
  personalDays: "事假（天）",
  sickPersonalDays: "病假加事假（天）",
  annualDays: "公休假（天）",
  officialDays: "因公外出（天）",
  meetings: "会议（次）",
  absentDays: "旷工（天）",
  missing: "待说明（半天）",
  dueDays: "应出勤（天）",
  presentDays: "实出勤（天）",
};

function printRehearsed(items: readonly RehearsedPerson[], totals: RehearsalTotals): void {
  if (items.length > 0) {
    console.log(formatTable(["窗口/处室", "姓名", "工号", "日期", "原认定", "试算"], items.flatMap(slotRows)));
    const years = items.flatMap(yearRows);
    if (years.length > 0)
      console.log(`\n${formatTable(["窗口/处室", "姓名", "工号", "年度", "项目", "原为", "试算"], years)}`);
    console.log("");
  }
  console.log(`共 ${totals.people} 人，${totals.changedPeople} 人有变化。`);
  for (const [change, count] of Object.entries(totals.slots)) console.log(`${named(change)}：${count} 个半天`);
  if (totals.lost + totals.kept > 0) console.log(`年度资格：将失去 ${totals.lost} 人，将保留 ${totals.kept} 人`);
}

function named(change: string): string {
  return change
    .split("->")
    .map((status) => nameOf(status as keyof typeof SLOT_STATUSES))
    .join(" → ");
}

function nameOf(status: keyof typeof SLOT_STATUSES): string {
  return SLOT_STATUSES[status].zh;
}

function slotRows({ unit, name, person, slots }: RehearsedPerson): string[][] {
  return slots.map(({ date, half, before, after }) => [
    unit,
    name,
    person,
    `${date} ${HALVES[half]}`,
    nameOf(before),
    nameOf(after),
  ]);
}

function yearRows({ unit, name, person, years }: RehearsedPerson): string[][] {
  const row = (year: number, ...cells: string[]) => [unit, name, person, String(year), ...cells];
  return years.flatMap(({ year, counters, eligibility }) => [
    ...counters.map(({ counter, before, after }) => row(year, COUNTERS[counter], String(before), String(after))),
    ...(eligibility ? [row(year, "年度资格", standing(eligibility.before), standing(eligibility.after))] : []),
  ]);
}

function standing(reasons: readonly LossReason[]): string {
  return reasons.length === 0 ? "有" : `取消（${reasons.map((reason) => LOSS_ARTICLES[reason]).join("、")}）`;
}
