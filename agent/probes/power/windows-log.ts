/** Reads the channel System from a bookmark on. Not yet run on Windows. */
import { fail, type Os, type Outcome } from "../../os/os.ts";
import { parseEvents, type WindowsEvent } from "./wevtutil.ts";
import { POWER_EVENT_IDS } from "./windows-events.ts";

const LOG_TIMEOUT_MS = 20_000;
export const LOG_EVENTS_MAX = 256;

/** Power events with a record id above `after`, oldest first; without `after` the newest LOG_EVENTS_MAX. */
export async function readPowerEvents(os: Os, after?: number): Promise<Outcome<{ events: WindowsEvent[] }>> {
  const ids = POWER_EVENT_IDS.map((id) => `EventID=${id}`).join(" or ");
  const since = after === undefined ? "" : `(EventRecordID>${after}) and `;
  const answer = await query(os, `*[System[${since}(${ids})]]`, LOG_EVENTS_MAX, after === undefined);
  return answer.ok ? { ok: true, events: answer.events.sort((a, b) => a.recordId - b.recordId) } : answer;
}

/** The newest record id of the whole channel: one below the bookmark means that the log was cleared. */
export async function readNewestRecordId(os: Os): Promise<Outcome<{ recordId: number }>> {
  const answer = await query(os, "*", 1, true);
  if (!answer.ok) return answer;
  return { ok: true, recordId: answer.events[0]?.recordId ?? 0 };
}

async function query(
  os: Os,
  xpath: string,
  count: number,
  newestFirst: boolean,
): Promise<Outcome<{ events: WindowsEvent[] }>> {
  const args = ["qe", "System", `/q:${xpath}`, "/f:xml", `/c:${count}`, `/rd:${newestFirst}`, "/uni:true"];
  const ran = await os.run("wevtutil.exe", args, { timeoutMs: LOG_TIMEOUT_MS });
  if (!ran.ok) return ran;
  if (ran.exitCode !== 0)
    return fail(ran.exitCode === 5 ? "access-denied" : "probe-failed", `wevtutil.exe: exit ${ran.exitCode}`);
  return { ok: true, events: parseEvents(ran.stdout) };
}
