/** The power events since the bookmark, from the operating system's own log. */

import { formatInstant } from "../../protocol/time.ts";
import type { Os, Outcome } from "../os/os.ts";
import { readLinuxHistory } from "../probes/power/linux-history.ts";
import { foldPowerEvents, type PowerEvent } from "../probes/power/windows-events.ts";
import { LOG_EVENTS_MAX, readNewestRecordId, readPowerEvents } from "../probes/power/windows-log.ts";
import { bootRecords, type PowerBookmark } from "./bookmark.ts";

export type NewPowerEvents = Outcome<{ records: PowerEvent[]; bookmark: PowerBookmark }>;

/** The caller keeps the bookmark once the records are safe in the journal. */
export async function readNewPowerEvents(os: Os, bookmark: PowerBookmark | undefined): Promise<NewPowerEvents> {
  if (os.family === "windows") return readWindows(os, bookmark);
  const history = await readLinuxHistory(os);
  if (!history.ok) return history;
  return { ok: true, ...bootRecords(history.boots, bookmark) };
}

/** Read in steps of LOG_EVENTS_MAX; what a long absence left behind that is read by the next call. */
async function readWindows(os: Os, bookmark: PowerBookmark | undefined): Promise<NewPowerEvents> {
  const newest = await readNewestRecordId(os);
  if (!newest.ok) return newest;
  const cleared = bookmark?.recordId !== undefined && newest.recordId < bookmark.recordId;
  const after = cleared ? undefined : bookmark?.recordId;
  const log = await readPowerEvents(os, after);
  if (!log.ok) return log;
  const last = log.events.at(-1)?.recordId ?? 0;
  const recordId = log.events.length < LOG_EVENTS_MAX ? Math.max(newest.recordId, last) : last;
  const told = foldPowerEvents(log.events);
  const records = bookmark?.recordId === undefined ? lastBoot(told) : told;
  if (cleared) records.unshift(clearedRecord(os.now(), bookmark?.recordId as number, newest.recordId));
  return { ok: true, records, bookmark: { ...bookmark, recordId } };
}

/** On a first start: the running boot and how the one before ended, not the log's whole past. */
function lastBoot(told: readonly PowerEvent[]): PowerEvent[] {
  const boot = told.findLastIndex(({ body }) => body.event === "boot");
  if (boot < 0) return [];
  const stop = told.slice(0, boot).findLastIndex(({ body }) => body.event !== "wake" && body.event !== "sleep");
  return told.slice(stop >= 0 && told[stop]?.body.event !== "boot" ? stop : boot);
}

/** Event ids that run backwards: somebody cleared the log, a finding of its own. */
function clearedRecord(nowMs: number, before: number, now: number): PowerEvent {
  return {
    at: formatInstant(nowMs),
    body: {
      event: "log-cleared",
      source: "event log System",
      evidence: [`EventRecordID was ${before}, the newest is now ${now}`],
    },
  };
}
