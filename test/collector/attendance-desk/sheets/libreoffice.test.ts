/** Every sheet opened by LibreOffice Calc, and each of its cells compared with what was written. */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { parse } from "csv-parse/sync";
import { describe, expect, test } from "vitest";
import { AttendanceDesk } from "../../../../collector/attendance-desk/desk.ts";
import { daySheetOf } from "../../../../collector/attendance-desk/sheets/day.ts";
import { monthSheetOf } from "../../../../collector/attendance-desk/sheets/month.ts";
import type { Cell, Sheet } from "../../../../collector/attendance-desk/sheets/sheet.ts";
import { formatXlsx } from "../../../../collector/attendance-desk/sheets/xlsx.ts";
import { eligibilitySheetOf, yearSheetOf } from "../../../../collector/attendance-desk/sheets/year.ts";
import { dayList, monthSheet, yearTable } from "../../../../collector/attendance-desk/views.ts";
import { createCalendar } from "../../../../collector/calendar/calendar.ts";
import { DEFAULT_COMPLIANCE_SETTINGS } from "../../../../collector/compliance/settings.ts";
import { createProjector } from "../../../../collector/projections/runner.ts";
import type { AttendanceDecision } from "../../../../collector/registry/attendance-decisions.ts";
import { SILENT_LOG } from "../../../../protocol/log.ts";
import { iso, punchGroup, READER, register, site, ZONE } from "../../../support/attendance-site.ts";
import { areInstalled } from "../../../support/programs.ts";
import { addSource, openTestStore, temporaryFolder } from "../../../support/test-store.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

/** Its first start on a loaded machine makes a profile and reads 200 MB of libraries. */
const SOFFICE_SECONDS_MAX = 120;
const TEST_MS_MAX = (SOFFICE_SECONDS_MAX + 30) * 1000;
const COMPLETE = "数据截至 2026-03-20 18:30:00";

/** Comma, quoted text, UTF-8, from line 1; every text quoted, numbers not, values and not what is shown, all sheets. */
const CSV_FILTER = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,true,true,false,false,false,-1";

describe.runIf(areInstalled("soffice"))("LibreOffice Calc", () => {
  test("shows every cell of every sheet as it was written", { timeout: TEST_MS_MAX }, async () => {
    const books = await writtenBooks();
    const folder = await temporaryFolder();
    for (const [name, sheets] of Object.entries(books)) {
      await writeFile(join(folder, `${name}.xlsx`), await formatXlsx(sheets));
    }
    await convert(
      folder,
      Object.keys(books).map((name) => `${name}.xlsx`),
    );

    for (const [name, sheets] of Object.entries(books)) {
      for (const sheet of sheets) {
        const csv = await readFile(join(folder, `${name}-${sheet.name}.csv`), "utf8");
        expect(cellsOf(csv)).toEqual(gridOf(sheet));
      }
    }
    const texts = new Set(Object.values(books).flatMap((sheets) => sheets.flatMap(gridOf).flat()));
    for (const text of [...NAMES, ...UNITS, ...PERSONS, 0.5, "迟√", "08:55:00", "2026-03-03"]) {
      expect(texts).toContain(text);
    }
  });
});

/** Rare characters (extension A of the BMP, its end, and beyond the BMP), and texts that a spreadsheet likes to take for something else. */
const NAMES = ["张㛃", "李䶮", "𬭚某", "=1+1", 'a"b,c\n第二行', " 前后空格 "];
const UNITS = ["社保窗口", "@SUM(A1:A9)", "2026/3/1"];
const PERSONS = ["0012", "007.50", "-7", "1E5", "3/4", "TRUE"];

/** What `dianmao attendance day | month | year --out` writes, by file, of a site on which all of them hold something. */
async function writtenBooks(): Promise<Record<string, Sheet[]>> {
  const clock = new VirtualClock(site("2026-03-02 07:00:00"));
  const store = await openTestStore({ clock });
  await addSource(store, READER, "reader");
  const calendar = createCalendar();
  const settings = DEFAULT_COMPLIANCE_SETTINGS;
  const projector = createProjector({ store, clock, log: SILENT_LOG, settings, calendar });
  const desk = new AttendanceDesk({ store, zone: ZONE, calendar, now: () => clock.now() });
  await store.appendDecisions([
    { kind: "attendance.started", body: { date: "2026-03-02", by: "test" } },
    ...PERSONS.map((person, index) =>
      register(person, NAMES[index] as string, String(index), { unit: UNITS[index % UNITS.length] as string }),
    ),
    ...personalMorning("0012", "2026-03-03"),
  ]);
  await clock.advance(site("2026-03-20 18:30:00") - clock.now());
  const punches = [
    ["0", "2026-03-02 08:55:00"],
    ["0", "2026-03-02 17:05:00"],
    ["1", "2026-03-02 08:59:59"],
    ["1", "2026-03-02 16:00:00"],
    ["2", "2026-03-02 09:00:01"],
    ["2", "2026-03-02 18:30:00"],
  ] as const;
  for (const [index, [user, at]] of punches.entries()) {
    await store.commitGroups([punchGroup(index + 1, user, at, clock.now())]);
  }
  await projector.catchUp();
  const year = await yearTable(desk, 2026, {});
  return {
    day: [daySheetOf(await dayList(desk, "2026-03-02", {}))],
    month: [monthSheetOf(await monthSheet(desk, "2026-03", {}), COMPLETE)],
    year: [yearSheetOf(2026, year, COMPLETE), eligibilitySheetOf(2026, year, COMPLETE)],
  };
}

/** An application for half a day, and its approval. */
function personalMorning(person: string, date: string): AttendanceDecision[] {
  const span = { fromDate: date, fromHalf: "am" as const, toDate: date, toHalf: "am" as const };
  const request = { id: "R-1", person, type: "personal" as const, ...span, appliedAt: iso("2026-03-02 08:00:00") };
  const approval = { request: "R-1", role: "window_head" as const, approver: "-7", result: "approve" as const };
  return [
    { kind: "attendance.requested", body: { ...request, by: "test" } },
    { kind: "attendance.approved", body: { ...approval, at: iso("2026-03-02 09:00:00"), by: "test" } },
  ];
}

/** All files in one start, with a profile of its own: a LibreOffice that somebody has open would otherwise be asked instead. */
async function convert(folder: string, files: readonly string[]): Promise<void> {
  const profile = pathToFileURL(join(folder, "profile")).href;
  const options = ["--headless", "--norestore", `-env:UserInstallation=${profile}`];
  const command = ["soffice", ...options, "--convert-to", CSV_FILTER, "--outdir", folder, ...files];
  // `soffice` starts others that do the work: `timeout` ends them all.
  await promisify(execFile)("timeout", ["--kill-after=5", `${SOFFICE_SECONDS_MAX}`, ...command], { cwd: folder });
}

/** What the sheet says cell by cell; an empty text is an empty cell. */
function gridOf({ titles, columns, rows, notes }: Sheet): Cell[][] {
  const lines = [...titles.map((title) => [title]), columns.map(({ title }) => title), ...rows];
  return [...lines, ...notes.map((note) => [note])].map((line) =>
    columns.map((_, index) => (line[index] === "" ? null : (line[index] ?? null))),
  );
}

function cellsOf(csv: string): Cell[][] {
  return parse(csv, {
    cast: (text, { quoting }) => (text === "" ? null : quoting ? text : Number(text)),
  }) as Cell[][];
}
