/** The names of running processes: /proc on Linux (no child process), `tasklist` as CSV on Windows. */
import { readdir, readFile } from "node:fs/promises";
import { failureOf } from "./errno.ts";
import { fail, type Outcome, type ProcessEntry } from "./os.ts";
import { runCommand } from "./run-command.ts";

export async function linuxProcesses(): Promise<Outcome<{ entries: ProcessEntry[] }>> {
  try {
    const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
    const entries: ProcessEntry[] = [];
    for (const pid of pids) {
      // A process that ends while being read is simply not there any more.
      const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "");
      if (name !== "") entries.push({ pid: Number(pid), name: name.trimEnd() });
    }
    return { ok: true, entries };
  } catch (error) {
    return failureOf(error, "/proc");
  }
}

export async function windowsProcesses(): Promise<Outcome<{ entries: ProcessEntry[] }>> {
  const ran = await runCommand("tasklist.exe", ["/fo", "csv", "/nh"]);
  if (!ran.ok) return ran;
  if (ran.exitCode !== 0) return fail("probe-failed", `tasklist.exe: exit ${ran.exitCode}`);
  return { ok: true, entries: parseTasklist(ran.stdout) };
}

/** `"HipsDaemon.exe","1234","Services","0","12,345 K"`: only the first two columns are free of the system's language. */
export function parseTasklist(csv: string): ProcessEntry[] {
  return [...csv.matchAll(/^"([^"]+)","(\d+)"/gm)].map(([, name = "", pid]) => ({
    pid: Number(pid),
    name: name.replace(/\.exe$/i, ""),
  }));
}
