import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import ExcelJS from "exceljs";
import { describe, expect, test } from "vitest";
import { formatCsv } from "../../../../collector/attendance-desk/sheets/csv.ts";
import { formatPage } from "../../../../collector/attendance-desk/sheets/page.ts";
import type { Sheet } from "../../../../collector/attendance-desk/sheets/sheet.ts";
import { formatXlsx } from "../../../../collector/attendance-desk/sheets/xlsx.ts";

/** Rare characters of names (㛃 in the BMP's extension A, 䶮 at its end, 𬭚 outside the BMP), zeros to keep, and a formula. */
const SHEET: Sheet = {
  name: "月考勤表 2026/03",
  titles: ["2026-03 月考勤表", "数据截至 03-31 18:00:00"],
  columns: [
    { title: "工号", as: "text", width: 10 },
    { title: "姓名", as: "text", width: 10 },
    { title: "1", as: "mark", width: 4 },
    { title: "迟到(次)", as: "number", width: 8 },
  ],
  rows: [
    ["0012", "张㛃", "√迟", 1],
    ["0013", "李䶮", "病病", 0],
    ["0014", "𬭚某", "", 2],
    ["=1+1", 'a"b,c', "-1", 0.5],
  ],
  notes: ["√ 正常  迟 迟到"],
};

describe("CSV", () => {
  test("begins with a byte order mark, ends its lines as Excel wants, and defuses formulas", () => {
    expect(formatCsv(SHEET)).toBe(
      "\ufeff2026-03 月考勤表\r\n数据截至 03-31 18:00:00\r\n工号,姓名,1,迟到(次)\r\n" +
        `0012,张㛃,√迟,1\r\n0013,李䶮,病病,0\r\n0014,𬭚某,,2\r\n'=1+1,"a""b,c",'-1,0.5\r\n√ 正常  迟 迟到\r\n`,
    );
  });
});

describe("xlsx", () => {
  test("keeps every value and character, text as text, with a frozen header that is printed on every page", async () => {
    const workbook = new ExcelJS.Workbook();
    await workbook.xlsx.load((await formatXlsx([SHEET])).buffer as ArrayBuffer);
    const [sheet] = workbook.worksheets;

    expect(sheet?.name).toBe("月考勤表 2026-03");
    const values = [4, 5, 6, 7].map((row) => [1, 2, 3, 4].map((column) => sheet?.getCell(row, column).value));
    expect(values).toEqual(SHEET.rows);
    expect(sheet?.getCell(4, 1).numFmt).toBe("@");
    expect(sheet?.views[0]).toMatchObject({ state: "frozen", ySplit: 3 });
    expect(sheet?.pageSetup).toMatchObject({ paperSize: 9, printTitlesRow: "3:3", fitToWidth: 1 });
  });

  test("is read alike by another program: the strings in the package are the strings of the sheet", async () => {
    const folder = mkdtempSync(join(tmpdir(), "dianmao-xlsx-"));
    const file = join(folder, "sheet.xlsx");
    writeFileSync(file, await formatXlsx([SHEET]));
    const script =
      "import sys,zipfile,re;z=zipfile.ZipFile(sys.argv[1]);print(z.testzip());print(z.read('xl/sharedStrings.xml').decode('utf8'))";
    const output = execFileSync("python3", ["-c", script, file], {
      encoding: "utf8",
      env: { ...process.env, PYTHONIOENCODING: "utf8" },
    });
    rmSync(folder, { recursive: true });

    expect(output.startsWith("None\n")).toBe(true);
    for (const text of ["张㛃", "李䶮", "𬭚某", "0012", "=1+1"]) expect(output).toContain(`>${text}<`);
  });
});

describe("the printed page", () => {
  test("is A4, repeats its header, and lets no name be taken for markup", () => {
    const page = formatPage({ ...SHEET, rows: [["<b>", "张㛃", "", 1]] });
    expect(page).toContain("size: A4 landscape");
    expect(page).toContain("table-header-group");
    expect(page).toContain("&#60;b&#62;");
    expect(page).toContain("张㛃");
  });
});
