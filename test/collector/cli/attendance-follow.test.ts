import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { DayList } from "../../../collector/attendance-desk/views.ts";
import type { ApiClient, ServerEvent } from "../../../collector/cli/api-client.ts";
import { followDay } from "../../../collector/cli/attendance-follow.ts";

const UNIT = "社保窗口";

let lines: string[];
beforeEach(() => {
  lines = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
});
afterEach(() => vi.restoreAllMocks());

function listOf(date: string, am: string): DayList {
  const people = [{ person: "0012", name: "张㛃", unit: UNIT, am: { status: am }, pm: { status: "open" } }];
  return { date, people } as unknown as DayList;
}

function change(date: string, am: string, more: object = {}): ServerEvent {
  const data = { person: "0012", name: "张㛃", unit: UNIT, date, am, pm: "open", ...more };
  return { id: 1, event: "attendance", data };
}

/** Follows from the second of March at the collector's word, whose lists are those of `days` in turn. */
async function follow(events: ServerEvent[], days: DayList[] = [], options: { unit?: string; json?: boolean } = {}) {
  const api = {
    get: async () => days.shift(),
    async *events() {
      yield* events;
    },
  } as unknown as ApiClient;
  await followDay(api, listOf("2026-03-02", "open"), {
    ...options,
    showList: async ({ date }) => void lines.push(`list of ${date}`),
    signal: new AbortController().signal,
    since: 0,
  });
  return lines;
}

test("each half-day that becomes another is shown, once, and what the list showed already is not", async () => {
  const events = [change("2026-03-02", "open"), change("2026-03-02", "late"), change("2026-03-02", "late")];
  expect(await follow(events)).toEqual([`${UNIT}  张㛃  late  open`]);
});

test("after midnight the new day is shown, and then what becomes of it", async () => {
  const events = [
    change("2026-03-02", "missing"),
    change("2026-03-03", "open"),
    change("2026-03-03", "normal"),
    change("2026-03-02", "absent"),
  ];
  expect(await follow(events, [listOf("2026-03-03", "open")])).toEqual([
    `${UNIT}  张㛃  missing  open`,
    "list of 2026-03-03",
    `${UNIT}  张㛃  normal  open`,
  ]);
});

test("news that the stream could not keep show the list again", async () => {
  const missed = { id: 9, event: "missed", data: { since: 1, from: 9 } };
  expect(await follow([missed, change("2026-03-02", "late")], [listOf("2026-03-02", "late")])).toEqual([
    "list of 2026-03-02",
  ]);
});

test("other units are not followed", async () => {
  const other = change("2026-03-02", "late", { unit: "税务窗口" });
  expect(await follow([other, change("2026-03-02", "normal")], [], { unit: UNIT })).toEqual([
    `${UNIT}  张㛃  normal  open`,
  ]);
});

test("a notice is shown when it is raised and when it is resolved, as JSON when asked for", async () => {
  const notice = (state: string) => ({ id: 1, event: "notice", data: { state, message: { zh: "录入历法" } } });
  expect(await follow([notice("open"), notice("resolved")])).toEqual(["提醒：录入历法", "已解决：录入历法"]);
  lines = [];
  expect(await follow([notice("open")], [], { json: true })).toEqual([JSON.stringify(notice("open").data)]);
});
