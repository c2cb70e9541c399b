import { describe, expect, test } from "vitest";
import { formatTable, widthOf } from "../../../collector/cli/table.ts";

describe("a table on a terminal", () => {
  test.each([
    ["abc", 3],
    ["点卯", 4],
    ["（三）", 6],
    ["ｆｕｌｌ", 8],
    ["é", 1],
    ["𠮷", 2],
    ["", 0],
  ])("%j takes %i columns", (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  test("lines its columns up, whatever they hold, and ends no line with blanks", () => {
    const rows = [
      ["社保窗口-01", "在线", ""],
      ["PC-2", "失联", "WG 14"],
    ];
    expect(formatTable(["计算机名", "在线", "fails"], rows).split("\n")).toEqual([
      "计算机名     在线  fails",
      "───────────  ────  ─────",
      "社保窗口-01  在线",
      "PC-2         失联  WG 14",
    ]);
  });

  test("of nothing is its header", () => {
    expect(formatTable(["a", "b"], [])).toBe("a  b\n─  ─");
  });
});
