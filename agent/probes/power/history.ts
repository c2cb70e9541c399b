/** The boots of a PC and how each ended, put together from wtmp, the journal and the kernel. Pure. */
import { formatInstant } from "../../../protocol/time.ts";
import type { JournalBoot, JournalEnd } from "./journal.ts";
import type { WtmpEntry } from "./last.ts";

export interface Stop {
  clean: boolean;
  /** Undefined when only the next boot shows that there was an end. */
  atMs?: number;
  reason?: string;
  source: string;
  evidence: string[];
}

export interface Boot {
  bootId?: string;
  startedMs: number;
  source: string;
  evidence: string[];
  /** How it ended; absent for the running boot, and where no log says. */
  stop?: Stop;
}

export interface HistoryEvidence {
  /** `/proc/sys/kernel/random/boot_id` without hyphens, and `btime` of `/proc/stat`. */
  current: { bootId: string; startedMs: number };
  wtmp: readonly WtmpEntry[];
  journal: readonly JournalBoot[];
  ends: ReadonlyMap<string, JournalEnd>;
}

/** Boot times of two sources differ by the time until each was written; a clock set at boot moves them further. */
const SAME_BOOT_MS = 10 * 60_000;
/** Shutdown lines are written some seconds before or after what else is known of the end. */
const STOP_SLACK_MS = 60_000;

/** Boots oldest first; the last one is running. The journal counts where it reaches back beyond this boot, else wtmp. */
export function foldHistory(evidence: HistoryEvidence): Boot[] {
  const { current } = evidence;
  const journal = evidence.journal.filter(({ bootId }) => bootId !== current.bootId);
  const earlier = journal.length > 0 ? journal.map((boot) => fromJournal(boot, evidence)) : fromWtmp(evidence);
  const running: Boot = {
    bootId: current.bootId,
    startedMs: current.startedMs,
    source: "/proc/stat, boot_id",
    evidence: [`boot_id ${current.bootId}`, `btime ${formatInstant(current.startedMs)}`],
  };
  return [...earlier, running];
}

function fromJournal(boot: JournalBoot, { wtmp, ends }: HistoryEvidence): Boot {
  const written = wtmp.find(({ type, atMs }) => type === "shutdown" && within(atMs, boot.firstMs, boot.lastMs));
  const end = ends.get(boot.bootId);
  const stop: Stop | undefined = written ? wtmpStop(written, end) : end && { ...end, source: "journal" };
  return {
    bootId: boot.bootId,
    startedMs: boot.firstMs,
    source: "journal",
    evidence: [`boot_id ${boot.bootId}`],
    ...(stop && { stop }),
  };
}

function within(ms: number, fromMs: number, toMs: number): boolean {
  return ms >= fromMs - STOP_SLACK_MS && ms <= toMs + STOP_SLACK_MS;
}

function wtmpStop({ atMs, line }: WtmpEntry, end: JournalEnd | undefined): Stop {
  return { clean: true, atMs, source: "wtmp", evidence: [line], ...(end?.reason && { reason: end.reason }) };
}

/** In wtmp a boot that is followed by another boot without a shutdown between them ended badly. */
function fromWtmp({ wtmp, current }: HistoryEvidence): Boot[] {
  const boots: Boot[] = [];
  for (const entry of wtmp) {
    const open = boots.at(-1);
    if (entry.type === "shutdown") {
      if (open) open.stop ??= wtmpStop(entry, undefined);
      continue;
    }
    if (open) open.stop ??= unclean(entry.line);
    boots.push({ startedMs: entry.atMs, source: "wtmp", evidence: [entry.line] });
  }
  const last = boots.at(-1);
  const isRunning = last && !last.stop && Math.abs(last.startedMs - current.startedMs) < SAME_BOOT_MS;
  if (isRunning) boots.pop();
  else if (last) last.stop ??= unclean(`btime ${formatInstant(current.startedMs)}`);
  return boots;
}

function unclean(nextBoot: string): Stop {
  return { clean: false, source: "wtmp", evidence: ["no shutdown entry before the next boot", nextBoot] };
}
