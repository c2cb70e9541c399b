/** When the journal is full: what gives way to what, and the gaps that stand where it was. Nothing goes silently. */
import { formatInstant } from "../time.ts";
import type { JournalLine } from "./journal-line.ts";

/** Higher is kept longer; a record may displace only what is lower. Kinds not named are in the middle. */
const WORTH: Record<string, number> = {
  inventory: 0,
  posture: 0,
  clock: 1,
  finding: 2,
  power: 3,
  "ip-change": 3,
  punch: 4,
  gap: 5,
};
const WORTH_MIDDLE = 2;

export function worthOf(kind: string): number {
  return WORTH[kind] ?? WORTH_MIDDLE;
}

export interface Sacrificed {
  lines: JournalLine[];
  /** Records given up. */
  count: number;
}

/** The lines without records below `worth`; each run of them leaves one gap at its place. Lines up to `keepThrough` stay. */
export function sacrifice(lines: readonly JournalLine[], worth: number, keepThrough: number, now: number): Sacrificed {
  const kept: JournalLine[] = [];
  let run: JournalLine[] = [];
  let count = 0;
  const endRun = () => {
    if (run.length > 0) kept.push(gapLine(run, now));
    count += run.length;
    run = [];
  };
  for (const line of lines) {
    if (line.number > keepThrough && worthOf(line.kind) < worth) {
      run.push(line);
    } else {
      endRun();
      kept.push(line);
    }
  }
  endRun();
  return { lines: kept, count };
}

function gapLine(run: readonly JournalLine[], now: number): JournalLine {
  const [first] = run as [JournalLine];
  const last = run.at(-1) as JournalLine;
  const kinds: Record<string, number> = {};
  for (const { kind } of run) kinds[kind] = (kinds[kind] ?? 0) + 1;
  return gapAt(first.number, last.number, "journal-full", now, { count: run.length, kinds });
}

/** A gap record that occupies the numbers `from` to `to`. */
export function gapAt(
  from: number,
  to: number,
  reason: "journal-full" | "journal-damaged" | "journal-expired",
  now: number,
  more: { count?: number; kinds?: Record<string, number> } = {},
): JournalLine {
  const body = { from, to, reason, ...more };
  return { number: from, kind: "gap", json: JSON.stringify({ kind: "gap", at: formatInstant(now), body }) };
}
