/** A sheet as a page for printing on A4, complete in itself. */
import type { Sheet } from "./sheet.ts";

const STYLE = `
@page { size: A4 landscape; margin: 10mm; }
body { font-family: "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei", sans-serif; font-size: 9pt; }
h1 { font-size: 14pt; text-align: center; margin: 0 0 2mm; }
table { border-collapse: collapse; width: 100%; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { border: 0.3pt solid #333; padding: 0.6mm 1mm; text-align: center; }
td.text { text-align: left; }
`;

export function formatPage({ titles, columns, rows, notes }: Sheet): string {
  const [title = "", ...more] = titles;
  const header = columns.map((column) => `<th>${escapeHtml(column.title)}</th>`).join("");
  const body = rows.map((cells) => {
    const tds = cells.map(
      (cell, index) => `<td class="${columns[index]?.as ?? "text"}">${escapeHtml(String(cell ?? ""))}</td>`,
    );
    return `<tr>${tds.join("")}</tr>`;
  });
  return `<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><h1>${escapeHtml(title)}</h1>
${more.map((line) => `<p>${escapeHtml(line)}</p>`).join("\n")}
<table><thead><tr>${header}</tr></thead><tbody>
${body.join("\n")}
</tbody></table>
${notes.map((note) => `<p>${escapeHtml(note)}</p>`).join("\n")}
</body></html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
