/** A sheet as CSV that Excel opens rightly: UTF-8 with BOM, CRLF, and no cell that could be taken for a formula. */
import type { Cell, Sheet } from "./sheet.ts";

const BOM = "\ufeff";
/** What Excel and WPS take for the beginning of a formula, or for white space before one. */
const FORMULA = /^[=+\-@\t\r]/;

export function formatCsv({ titles, columns, rows, notes }: Sheet): string {
  const lines = [
    ...titles.map((title) => [title]),
    columns.map(({ title }) => title),
    ...rows,
    ...notes.map((note) => [note]),
  ];
  return (
    BOM +
    lines
      .map((cells) => cells.map(formatCell).join(","))
      .join("\r\n")
      .concat("\r\n")
  );
}

function formatCell(cell: Cell): string {
  if (cell === null) return "";
  if (typeof cell === "number") return String(cell);
  const safe = FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
