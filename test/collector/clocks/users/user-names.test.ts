import { expect, it } from "vitest";
import { decodeName, encodeName } from "../../../../collector/clocks/users/user-names.ts";

const bytes = (hex: string) => Buffer.from(hex, "hex");

/** Bytes by the charsets' own tables: 张 is D5C5 in GBK and 5F20 in Unicode; U+3400 has four bytes in GB18030. */
it.each([
  ["d5c5c8fd00000000", "gbk", "张三"],
  ["d5c5c8fd", "gb18030", "张三"],
  ["5f204e0900000000", "utf-16be", "张三"],
  ["8139ee39", "gb18030", "㐀"],
  ["4c6920536920202000", "gbk", "Li Si"],
  ["", "gbk", ""],
] as const)("complaint: Chinese names garbled: %s in %s is %s", (hex, charset, name) => {
  expect(decodeName(bytes(hex), charset)).toBe(name);
});

it("is GBK where nobody said otherwise, and marks what is none", () => {
  expect(decodeName(bytes("cdf5"))).toBe("王");
  expect(decodeName(bytes("d5ff"))).toContain("\ufffd");
});

/** By the charsets' own tables, as above. A field of so many bytes holds so many whole characters. */
it.each([
  ["张三", "gbk", 24, "d5c5c8fd"],
  ["张三", "gbk", 3, "d5c5"],
  ["张三", "gbk", 1, ""],
  ["A张", "gbk", 2, "41"],
  ["张三", "utf-16be", 24, "5f204e09"],
  ["张三", "utf-16be", 3, "5f20"],
  ["㐀", "gb18030", 3, ""],
  ["㐀", "gb18030", 4, "8139ee39"],
  ["a𠀀", "utf-16be", 5, "0061"],
  ["𠀀", "gbk", 8, "3f"],
] as const)("%s in %s and %i bytes is %s: never half a character", (name, charset, bytesMax, hex) => {
  expect(Buffer.from(encodeName(name, bytesMax, charset)).toString("hex")).toBe(hex);
});
