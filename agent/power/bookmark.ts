/** Which boots were reported already, so that each is told once, however often the agent starts. Pure. */
import type { PowerBody } from "../../protocol/messages/records/agent-events.ts";
import { formatInstant } from "../../protocol/time.ts";
import type { Boot, Stop } from "../probes/power/history.ts";
import type { PowerEvent } from "../probes/power/windows-events.ts";

export interface PowerBookmark {
  /** Linux: the last boot that was reported. */
  bootId?: string;
  startedMs?: number;
  /** Windows: EventRecordID of the last event that was read. */
  recordId?: number;
}

/** A boot that began no later than this after the bookmarked one is the same, seen in another log. */
const SAME_BOOT_MS = 10 * 60_000;
/** An agent that was away for longer than so many boots tells of the last ones. */
export const BOOTS_MAX = 16;

/** Records for the boots since the bookmark; on a first start only the running boot and the end of the one before. */
export function bootRecords(
  boots: readonly Boot[],
  bookmark: PowerBookmark | undefined,
): { records: PowerEvent[]; bookmark: PowerBookmark } {
  const running = boots.at(-1);
  if (!running) return { records: [], bookmark: bookmark ?? {} };
  const first = firstNew(boots, bookmark);
  const records = boots.slice(first).flatMap((boot, index) => {
    const before = boots[first + index - 1];
    return [...(before?.stop ? [stopRecord(before.stop, before, boot)] : []), bootRecord(boot)];
  });
  const next = { ...bookmark, startedMs: running.startedMs, ...(running.bootId && { bootId: running.bootId }) };
  return { records, bookmark: next };
}

function firstNew(boots: readonly Boot[], bookmark: PowerBookmark | undefined): number {
  const last = boots.length - 1;
  if (!bookmark?.bootId) return last;
  if (boots[last]?.bootId === bookmark.bootId) return boots.length;
  const known = boots.findIndex(({ bootId }) => bootId === bookmark.bootId);
  if (known >= 0) return Math.max(known + 1, boots.length - BOOTS_MAX);
  // wtmp has no boot ids. A clock that was set back hides boots between; the running one is told in any case.
  const later = boots.findIndex(({ startedMs }) => startedMs > (bookmark.startedMs ?? 0) + SAME_BOOT_MS);
  return later < 0 ? last : Math.max(later, boots.length - BOOTS_MAX);
}

function bootRecord({ startedMs, bootId, source, evidence }: Boot): PowerEvent {
  const body: PowerBody = { event: "boot", ...(bootId && { bootId }), source, evidence };
  return { at: formatInstant(startedMs), body };
}

/** An end that no log dates is told at the time of the boot that showed it. */
function stopRecord({ clean, atMs, reason, source, evidence }: Stop, boot: Boot, next: Boot): PowerEvent {
  const body: PowerBody = {
    event: clean ? "shutdown" : "unexpected-shutdown",
    clean,
    ...(boot.bootId && { bootId: boot.bootId }),
    ...(reason && { reason }),
    source,
    evidence,
  };
  return { at: formatInstant(atMs ?? next.startedMs), body };
}
