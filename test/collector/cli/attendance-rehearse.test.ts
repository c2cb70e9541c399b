import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { attendanceCommand } from "../../../collector/cli/attendance.ts";
import { type Centre, openCentre } from "../../support/centre-fixture.ts";

const DAY = "2026-11-03";

let centre: Centre;
beforeAll(async () => {
  centre = await openCentre();
  const people = Array.from({ length: 60 }, (_, index) => String(1001 + index));
  const from = { from: "2026-11-02", to: null, unit: "社保窗口", kind: "window", users: [] };
  const came = { person: "1001", date: DAY, half: "am", actualTime: "09:03:00" };
  const rows = [
    { kind: "attendance.started", body: { date: "2026-11-02" } },
    ...people.map((person) => ({ kind: "staff.registered", body: { person, name: `张㛃${person}`, ...from } })),
    { kind: "attendance.explained", body: { id: "S-1", ...came } },
    {
      kind: "attendance.explanation-decided",
      body: { explanation: "S-1", result: "confirmed", confirmedBy: "B1", at: `${DAY}T06:00:00.000Z` },
    },
  ];
  const { errors } = await centre.admin.post<{ errors: unknown[] }>("/attendance/evidence", { rows });
  expect(errors).toEqual([]);
});
afterAll(() => centre.close());

let out: string[];
let err: string[];
beforeEach(() => {
  [out, err] = [[], []];
  vi.spyOn(console, "log").mockImplementation((line: string) => void out.push(line));
  vi.spyOn(console, "error").mockImplementation((line: string) => void err.push(line));
});
afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = 0;
});

/** Runs the command for that day; resolves to its exit code. */
async function rehearse(settings: string, ...more: string[]): Promise<typeof process.exitCode> {
  const file = join(centre.home, "settings.json");
  await writeFile(file, settings);
  const range = ["--from", DAY, "--to", DAY];
  const where = ["--home", centre.home, "--settings", file];
  await attendanceCommand().parseAsync(["rehearse", ...where, ...range, ...more], { from: "user" });
  return process.exitCode;
}

describe("attendance rehearse", () => {
  test("prints before and after, what follows and the totals, and ends with 1", async () => {
    expect(await rehearse('{"lateAfter":"09:05:00"}')).toBe(1);
    const text = out.join("\n");
    expect(text).toMatch(/社保窗口 +张㛃1001 +1001 +2026-11-03 上午 +迟到 +正常/);
    expect(text).toMatch(/社保窗口 +张㛃1001 +1001 +2026 +迟到加早退（次） +1 +0/);
    expect(text).toContain("共 60 人，1 人有变化。");
    expect(text).toContain("迟到 → 正常：1 个半天");
  });

  test("says how far it has come when there are many people", async () => {
    await rehearse("{}");
    expect(err).toEqual(["已试算 50/60 人 / people"]);
  });

  test("ends with 0 when nothing differs", async () => {
    expect(await rehearse('{"lateAfter":"09:00:00"}')).toBe(0);
    expect(out).toEqual(["共 60 人，0 人有变化。"]);
  });

  test("prints JSON", async () => {
    expect(await rehearse('{"lateAfter":"09:05:00"}', "--json", "--unit", "社保窗口")).toBe(1);
    expect(JSON.parse(out.join(""))).toMatchObject({
      totals: { people: 60, changedPeople: 1, slots: { "late->normal": 1 }, lost: 0, kept: 0 },
      people: [{ person: "1001", slots: [{ date: DAY, half: "am", before: "late", after: "normal" }] }],
    });
  });

  test.each([
    ["a text that is no JSON", "{"],
    ["a setting that does not exist", '{"lateAftr":"09:05:00"}'],
  ])("ends with 2 for %s", async (_what, settings) => {
    expect(await rehearse(settings)).toBe(2);
    expect(err.join()).toContain("设置文件");
  });

  test("ends with 2 for a range that is none, which the collector refuses", async () => {
    expect(await rehearse("{}", "--to", "2026-11-01")).toBe(2);
  });

  test("is for whoever may read, and the collector checks the settings itself", async () => {
    const reader = await centre.client("read");
    const body = { settings: { lateAfter: "09:05:00" }, from: DAY, to: DAY };
    await expect(reader.post("/attendance/rehearse", body)).resolves.toMatchObject({ done: 50, total: 60 });
    const wrong = { ...body, settings: { lateAfter: "14:00:00" } };
    await expect(reader.post("/attendance/rehearse", wrong)).rejects.toMatchObject({ code: "bad-request" });
  });
});
