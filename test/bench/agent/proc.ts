/** Memory and processor time of a process from /proc. Linux only. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Usage {
  /** Resident memory now and at its highest, KiB. */
  rssKib: number;
  rssMaxKib: number;
  /** Shared pages divided among those that share them, KiB. */
  pssKib: number;
  /** Its own and its ended children's processor time, ms. */
  cpuMs: number;
}

const MS_PER_TICK = 1000 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

export function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    rssKib: kib(status, "VmRSS"),
    rssMaxKib: kib(status, "VmHWM"),
    pssKib: kib(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"), "Pss"),
    cpuMs: cpuMs(readFileSync(`/proc/${pid}/stat`, "utf8")),
  };
}

function kib(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(text)?.[1]);
}

/** Fields 14 to 17 of proc(5): user and system time, own and of children waited for. The name in field 2 may hold anything. */
function cpuMs(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * MS_PER_TICK;
}
