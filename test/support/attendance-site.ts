/** Rows of a site on Shanghai's time for tests of attendance: who is on the register, and who put a finger on the clock when. */
import type { AttendanceDecision } from "../../collector/registry/attendance-decisions.ts";
import type { RecordGroup } from "../../collector/store/port.ts";

export const ZONE = "Asia/Shanghai";
export const READER = "reader-1";

/** `YYYY-MM-DD HH:mm:ss` on the site's wall, ms UTC: UTC+8 all year. */
export const site = (text: string) => Date.parse(`${text.replace(" ", "T")}+08:00`);
export const iso = (text: string) => new Date(site(text)).toISOString();

/** On the register since 2026-01-01, with one user id on every clock. */
export function register(
  person: string,
  name: string,
  user: string,
  { unit = "社保窗口", kind = "window" }: { unit?: string; kind?: "window" | "window_head" } = {},
): AttendanceDecision {
  const users = [{ clock: "*", user }];
  return {
    kind: "staff.registered",
    body: { person, name, unit, kind, from: "2026-01-01", to: null, users, by: "test" },
  };
}

/** The `number`th record of the reader, from 1: one punch, as its batch comes to the store. */
export function punchGroup(number: number, user: string, at: string, receivedAt: number): RecordGroup {
  const body = {
    clock: "C1",
    device: 1,
    user,
    deviceTime: at.replace(" ", "T"),
    offsetMs: 0,
    readAt: new Date(receivedAt).toISOString(),
    verification: ["finger"],
    type: 0,
    workCode: 0,
    ordinal: 0,
    via: "live",
    raw: "00",
    // As a reader says of a clock that shows a time before it was hung up.
    ...(at < "2015" ? { doubt: "before-installation" } : {}),
  };
  return {
    source: READER,
    site: "hall",
    epoch: "00000000000000aa",
    expected: number - 1,
    first: number,
    count: 1,
    receivedAt,
    address: null,
    offsetMs: null,
    records: [{ seq: number, kind: "punch", at: site(at), body: JSON.stringify(body) }],
    quarantined: [],
  };
}
