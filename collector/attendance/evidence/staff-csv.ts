/** The staff register from CSV: UTF-8 with or without BOM, or GB18030 as Chinese Excel saves it; every fault by its line. */
import { parse } from "csv-parse/sync";
import { PERSON_KINDS, type PersonKind } from "../facts.ts";
import { dayOfDate } from "../site-time.ts";

export interface StaffCsvRow {
  person: string;
  name: string;
  unit: string;
  kind: PersonKind;
  from: string;
  to: string | null;
  users: { clock: string; user: string }[];
}

export interface StaffCsv {
  rows: StaffCsvRow[];
  /** Line numbers as an editor counts them, empty lines too. */
  errors: { line: number; message: string }[];
}

const COLUMNS = ["工号", "姓名", "窗口/处室", "类别", "入驻日期", "离开日期", "考勤机编号"] as const;
const REQUIRED = COLUMNS.slice(0, 5);
const KINDS: Record<string, PersonKind> = {
  窗口人员: "window",
  窗口负责人: "window_head",
  处室人员: "office",
  处室负责人: "office_head",
};

const OPTIONS = { info: true, relaxColumnCount: true, skipEmptyLines: true, trim: true } as const;

interface CsvRecord {
  record: string[];
  info: { lines: number };
}

export function parseStaffCsv(bytes: Uint8Array): StaffCsv {
  const text = decodeText(bytes);
  let records: CsvRecord[];
  try {
    // The types of the library do not say what `info` makes of the answer.
    records = parse(text, OPTIONS) as unknown as CsvRecord[];
  } catch (error) {
    return {
      rows: [],
      errors: [{ line: (error as { lines?: number }).lines ?? 1, message: `不是 CSV：${(error as Error).message}` }],
    };
  }
  const [first, ...rest] = records;
  const header = first?.record ?? [];
  const missing = REQUIRED.filter((column) => !header.includes(column));
  if (missing.length > 0) return { rows: [], errors: [{ line: 1, message: `缺少列：${missing.join("、")}` }] };
  const sheet: StaffCsv = { rows: [], errors: [] };
  const seen = new Map<string, number>();
  for (const { record: cells, info } of rest) {
    const line = info.lines;
    const of = (column: (typeof COLUMNS)[number]) => cells[header.indexOf(column)] ?? "";
    const faults = faultsOf(of);
    const before = seen.get(of("工号"));
    if (before !== undefined) faults.push(`工号 ${of("工号")} 与第 ${before} 行重复`);
    seen.set(of("工号"), line);
    if (faults.length > 0) sheet.errors.push(...faults.map((message) => ({ line, message })));
    else sheet.rows.push(toRow(of));
  }
  return sheet;
}

type Read = (column: (typeof COLUMNS)[number]) => string;

function faultsOf(of: Read): string[] {
  const faults = REQUIRED.filter((column) => of(column) === "").map((column) => `${column}为空`);
  if (of("类别") !== "" && kindOf(of("类别")) === undefined)
    faults.push(`类别"${of("类别")}"应为 ${Object.keys(KINDS).join("、")}`);
  for (const column of ["入驻日期", "离开日期"] as const) {
    if (of(column) !== "" && dayOfDate(dateOf(of(column))) === undefined)
      faults.push(`${column}"${of(column)}"不是日期`);
  }
  if (of("离开日期") !== "" && dateOf(of("离开日期")) < dateOf(of("入驻日期"))) faults.push("离开日期早于入驻日期");
  return faults;
}

function toRow(of: Read): StaffCsvRow {
  return {
    person: of("工号"),
    name: of("姓名"),
    unit: of("窗口/处室"),
    kind: kindOf(of("类别")) as PersonKind,
    from: dateOf(of("入驻日期")),
    to: of("离开日期") === "" ? null : dateOf(of("离开日期")),
    users: (of("考勤机编号") || of("工号"))
      .split(/[\s;；、]+/)
      .filter((text) => text !== "")
      .map(toUser),
  };
}

/** `1024` on every clock, `SERIAL:1024` on one. */
function toUser(text: string): { clock: string; user: string } {
  const colon = text.lastIndexOf(":");
  return colon === -1 ? { clock: "*", user: text } : { clock: text.slice(0, colon), user: text.slice(colon + 1) };
}

function kindOf(text: string): PersonKind | undefined {
  return Object.hasOwn(KINDS, text) ? KINDS[text] : PERSON_KINDS.find((kind) => kind === text);
}

/** `2026/3/1`, `2026-3-1` and `2026年3月1日` are what spreadsheets make of a date. */
function dateOf(text: string): string {
  const [, year, month, day] = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(text) ?? [];
  return year && month && day ? `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}` : text;
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("gb18030").decode(bytes);
  }
}
