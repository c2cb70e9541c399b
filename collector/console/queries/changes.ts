/** A change of the event stream with the resource that it is about, as that resource is now. */
import { describeNotice, type NoticeCode } from "../../attendance-desk/notices.ts";
import { standingNotices } from "../../attendance-desk/told-notices.ts";
import type { Store } from "../../store/port.ts";
import { findClocks, findPunch } from "./clocks.ts";
import { type FindingDeps, findAlert, findFinding } from "./findings.ts";
import { findMachine } from "./machines.ts";
import { findSource } from "./sources.ts";

export const CHANGE_TYPES = [
  "machine",
  "punch",
  "clock",
  "finding",
  "alert",
  "source",
  "quarantine",
  "attendance",
  "notice",
] as const;
export type ChangeType = (typeof CHANGE_TYPES)[number];

export interface Change {
  id: number;
  type: ChangeType;
  key: string;
}

/** Undefined when the resource is there no more. */
export async function describeChange({ store, zone }: FindingDeps, { type, key }: Change): Promise<unknown> {
  switch (type) {
    case "punch":
      return findPunch(store, Number(key));
    case "finding":
      return findFinding({ store, zone }, Number(key));
    case "alert":
      return findAlert({ store, zone }, Number(key));
    case "clock":
      return (await findClocks(store, key))[0];
    case "machine":
      return findMachine(store, await nameOf(store, key));
    case "source":
      return findSource(store, await nameOf(store, key));
    case "quarantine":
      return { id: Number(key) };
    case "attendance":
      return findAttendanceDay(store, key);
    case "notice":
      return findNotice(store, key);
  }
}

/** `key` is `date|person`. */
function findAttendanceDay(store: Store, key: string): Promise<unknown> {
  const at = key.indexOf("|");
  return store.read
    .selectFrom("attendance_day")
    .selectAll()
    .where("date", "=", key.slice(0, at))
    .where("person", "=", key.slice(at + 1))
    .executeTakeFirst();
}

/** `key` is `code|subject`. */
async function findNotice(store: Store, key: string): Promise<unknown> {
  const [code, subject = ""] = key.split("|");
  const isStanding = (await standingNotices(store.read)).includes(key);
  return { ...describeNotice(code as NoticeCode, subject), state: isStanding ? "open" : "resolved" };
}

/** Changes of machines and sources carry the source's id. */
async function nameOf(store: Store, key: string): Promise<string> {
  if (!/^\d+$/.test(key)) return key;
  const row = await store.read.selectFrom("source").select("name").where("id", "=", Number(key)).executeTakeFirst();
  return row?.name ?? key;
}
