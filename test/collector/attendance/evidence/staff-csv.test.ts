import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { parseStaffCsv } from "../../../../collector/attendance/evidence/staff-csv.ts";

const HEADER = "工号,姓名,窗口/处室,类别,入驻日期,离开日期,考勤机编号";
const ROW = "0012,张三,社保窗口,窗口人员,2026/3/1,,12 SN-1:0012";
const VALUE = {
  person: "0012",
  name: "张三",
  unit: "社保窗口",
  kind: "window",
  from: "2026-03-01",
  to: null,
  users: [
    { clock: "*", user: "12" },
    { clock: "SN-1", user: "0012" },
  ],
};

describe("a staff register in CSV", () => {
  test("is read in UTF-8 with and without a byte order mark, and in GB18030 as iconv writes it", () => {
    const text = `${HEADER}\r\n${ROW}\r\n`;
    const gb18030 = execFileSync("iconv", ["-f", "UTF-8", "-t", "GB18030"], { input: text });
    for (const bytes of [Buffer.from(text), Buffer.from(`\ufeff${text}`), gb18030]) {
      expect(parseStaffCsv(bytes)).toEqual({ rows: [VALUE], errors: [] });
    }
  });

  test("names every fault by its line, and takes the number for the user id when there is none", () => {
    const text = [
      HEADER,
      "1,甲,A,坏,2026-13-01,,",
      ",乙,A,处室人员,2026-03-01,2026-02-01,",
      "3,丙,A,处室负责人,2026年3月1日,,",
      "3,丁,A,窗口人员,2026-03-01,,",
    ].join("\n");
    const { rows, errors } = parseStaffCsv(Buffer.from(text));
    expect(errors.map(({ line, message }) => `${line} ${message}`)).toEqual([
      '2 类别"坏"应为 窗口人员、窗口负责人、处室人员、处室负责人',
      '2 入驻日期"2026-13-01"不是日期',
      "3 工号为空",
      "3 离开日期早于入驻日期",
      "5 工号 3 与第 4 行重复",
    ]);
    expect(rows).toEqual([
      expect.objectContaining({
        person: "3",
        kind: "office_head",
        from: "2026-03-01",
        users: [{ clock: "*", user: "3" }],
      }),
    ]);
  });

  test("counts empty lines and those within quotes, as an editor does", () => {
    const text = [HEADER, "", '1,"甲\n乙",A,窗口人员,2026-03-01,,', "", ",丙,A,窗口人员,2026-03-01,,"].join("\n");
    const { rows, errors } = parseStaffCsv(Buffer.from(text));
    expect(rows).toHaveLength(1);
    expect(errors).toEqual([{ line: 6, message: "工号为空" }]);
  });

  test("takes no user id from a separator at the end, and no kind from the language's own names", () => {
    const text = [HEADER, "1,甲,A,窗口人员,2026-03-01,,12；SN-1:12；", "2,乙,A,constructor,2026-03-01,,"].join("\n");
    const { rows, errors } = parseStaffCsv(Buffer.from(text));
    expect(rows.map(({ users }) => users)).toEqual([
      [
        { clock: "*", user: "12" },
        { clock: "SN-1", user: "12" },
      ],
    ]);
    expect(errors.map(({ line }) => line)).toEqual([3]);
  });

  test("without its columns, or no CSV at all, is refused as a whole", () => {
    expect(parseStaffCsv(Buffer.from("姓名\n张三"))).toEqual({
      rows: [],
      errors: [{ line: 1, message: "缺少列：工号、窗口/处室、类别、入驻日期" }],
    });
    expect(parseStaffCsv(Buffer.from(`${HEADER}\n"0012`)).errors).toHaveLength(1);
  });

  test("takes the kinds by their Chinese names and by those of the machine", () => {
    const kinds = [
      "窗口人员",
      "窗口负责人",
      "处室人员",
      "处室负责人",
      "window",
      "window_head",
      "office",
      "office_head",
    ];
    const lines = kinds.map((kind, index) => `${index},甲,A,${kind},2026-03-01,,`);
    const { rows, errors } = parseStaffCsv(Buffer.from([HEADER, ...lines].join("\n")));
    expect(errors).toEqual([]);
    expect(rows.map(({ kind }) => kind)).toEqual([...kinds.slice(4), ...kinds.slice(4)]);
  });

  test.each([
    ["2026-3-1", "2026-03-01"],
    ["2026/12/31", "2026-12-31"],
    ["2026.3.1", "2026-03-01"],
    ["2026年3月1日", "2026-03-01"],
    ["2026年03月01", "2026-03-01"],
    ["2026-03-01", "2026-03-01"],
  ])("reads the date %s as %s, for the first day and the last", (text, date) => {
    const { rows, errors } = parseStaffCsv(Buffer.from(`${HEADER}\n1,甲,A,窗口人员,${text},${text},`));
    expect(errors).toEqual([]);
    expect(rows).toMatchObject([{ from: date, to: date }]);
  });

  test.each(["12026-3-1", "2026-3-100", "2026-003-1", "2026-3-1号", "26-3-1", "2026", "2026-a-1"])(
    "reads no date from %s",
    (text) => {
      const { rows, errors } = parseStaffCsv(Buffer.from(`${HEADER}\n1,甲,A,窗口人员,2026-03-01,${text},`));
      expect(rows).toEqual([]);
      expect(errors).toContainEqual({ line: 2, message: `离开日期"${text}"不是日期` });
    },
  );

  test("takes user ids between spaces, semicolons and 顿号, and a serial number that itself has a colon", () => {
    const { rows } = parseStaffCsv(Buffer.from(`${HEADER}\n1,甲,A,窗口人员,2026-03-01,,11 ;12；13、14  SN:1:15`));
    expect(rows[0]?.users).toEqual([
      { clock: "*", user: "11" },
      { clock: "*", user: "12" },
      { clock: "*", user: "13" },
      { clock: "*", user: "14" },
      { clock: "SN:1", user: "15" },
    ]);
  });

  test("may leave out the last day and the user ids, as columns or in a short line; the rest must be filled in", () => {
    const short = "工号,姓名,窗口/处室,类别,入驻日期\n7,甲,A,窗口人员,2026-03-01";
    const row = { ...VALUE, person: "7", name: "甲", unit: "A", users: [{ clock: "*", user: "7" }] };
    expect(parseStaffCsv(Buffer.from(short))).toEqual({ rows: [row], errors: [] });
    expect(parseStaffCsv(Buffer.from(`${HEADER}\n7,甲,A,窗口人员,2026-03-01`))).toEqual({ rows: [row], errors: [] });
    expect(parseStaffCsv(Buffer.from(`${HEADER}\n7`)).errors.map(({ message }) => message)).toEqual([
      "姓名为空",
      "窗口/处室为空",
      "类别为空",
      "入驻日期为空",
    ]);
  });

  test("may have its columns in another order, more columns, and spaces around what is filled in", () => {
    const text = "备注,入驻日期,类别,窗口/处室,姓名,工号\n借调, 2026-03-01 ,窗口人员,社保窗口,张三, 0012 ";
    expect(parseStaffCsv(Buffer.from(text)).rows).toEqual([{ ...VALUE, users: [{ clock: "*", user: "0012" }] }]);
  });

  test("that is empty lacks every column", () => {
    expect(parseStaffCsv(new Uint8Array())).toEqual({
      rows: [],
      errors: [{ line: 1, message: "缺少列：工号、姓名、窗口/处室、类别、入驻日期" }],
    });
  });

  test("that is no CSV is refused at the line of the fault", () => {
    const { rows, errors } = parseStaffCsv(Buffer.from(`${HEADER}\n1,甲,A,窗口人员,2026-03-01,,\n2,"乙" 丙,A`));
    expect(rows).toEqual([]);
    expect(errors).toEqual([{ line: 3, message: expect.stringMatching(/^不是 CSV：./) }]);
  });
});
