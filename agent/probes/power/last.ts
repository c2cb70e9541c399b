/** Output of `last -xF` run with TZ=UTC and LC_ALL=C: boots and shutdowns of wtmp. Pure. */
import { MONTHS } from "../dates.ts";
import { lines } from "../text.ts";

export interface WtmpEntry {
  type: "boot" | "shutdown";
  atMs: number;
  line: string;
}

/** `reboot   system boot  6.1.0-28-amd64   Mon Nov 23 00:01:12 2026   still running`; only the first date is read. */
const ENTRY =
  /^(reboot|shutdown)\s+system (?:boot|down)\s.*?\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\w{3}) +(\d{1,2}) (\d{2}):(\d{2}):(\d{2}) (\d{4})/;

/** Entries oldest first; logins, run levels and the closing line are skipped. */
export function parseLast(text: string): WtmpEntry[] {
  const entries = lines(text).flatMap((line): WtmpEntry[] => {
    const match = ENTRY.exec(line);
    const month = MONTHS.indexOf(match?.[2] ?? "");
    if (!match || month < 0) return [];
    const [day, hour, minute, second, year] = match.slice(3).map(Number) as [number, number, number, number, number];
    const type = match[1] === "reboot" ? "boot" : "shutdown";
    return [{ type, atMs: Date.UTC(year, month, day, hour, minute, second), line: line.trim().replace(/\s+/g, " ") }];
  });
  // The file is in the order of writing, newest first in the output; a clock step must not reorder it.
  return entries.reverse();
}
