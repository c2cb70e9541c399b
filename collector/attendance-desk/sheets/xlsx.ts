/** A sheet as xlsx: text kept as text, frozen header, print titles on every A4 page. */
import ExcelJS from "exceljs";
import type { Column, Sheet } from "./sheet.ts";

const A4 = 9;
const TEXT_FORMAT = "@";
/** Excel refuses longer names and these characters. */
const NAME_MAX = 31;
const NAME_FORBIDDEN = /[\\/?*[\]:]/g;

export async function formatXlsx(sheets: readonly Sheet[]): Promise<Uint8Array> {
  const workbook = new ExcelJS.Workbook();
  for (const sheet of sheets) addSheet(workbook, sheet);
  return new Uint8Array(await workbook.xlsx.writeBuffer());
}

function addSheet(workbook: ExcelJS.Workbook, { name, titles, columns, rows, notes }: Sheet): void {
  const header = titles.length + 1;
  const worksheet = workbook.addWorksheet(name.replace(NAME_FORBIDDEN, "-").slice(0, NAME_MAX), {
    views: [{ state: "frozen", ySplit: header }],
    pageSetup: {
      paperSize: A4,
      orientation: columns.length > 12 ? "landscape" : "portrait",
      fitToPage: true,
      fitToWidth: 1,
      fitToHeight: 0,
      printTitlesRow: `${header}:${header}`,
    },
  });
  for (const [index, column] of columns.entries()) styleColumn(worksheet.getColumn(index + 1), column);
  for (const [index, title] of titles.entries()) {
    const row = worksheet.addRow([title]);
    worksheet.mergeCells(row.number, 1, row.number, columns.length);
    row.font = { bold: index === 0, size: index === 0 ? 16 : 10 };
    row.alignment = { horizontal: index === 0 ? "center" : "left" };
  }
  const titleRow = worksheet.addRow(columns.map(({ title }) => title));
  titleRow.font = { bold: true };
  titleRow.alignment = { horizontal: "center", vertical: "middle", wrapText: true };
  for (const cells of rows) worksheet.addRow(cells);
  for (const note of notes) worksheet.addRow([note]).getCell(1).alignment = { horizontal: "left" };
}

function styleColumn(column: ExcelJS.Column, { as, width }: Column): void {
  column.width = width;
  if (as !== "number") column.numFmt = TEXT_FORMAT;
  column.alignment = { horizontal: as === "text" ? "left" : "center" };
}
