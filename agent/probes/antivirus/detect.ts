/** Whether a product is installed and its guard running, by the detectors of its rule. */
import { fail, type Os, type Outcome } from "../../os/os.ts";
import type { DailySnapshot } from "../windows/daily-snapshot.ts";
import { queryRegistry } from "../windows/registry.ts";
import type { Detector, ProductRule } from "./rule.ts";

/** What one collection has seen of processes and services; asked once for all rules. */
export interface Running {
  /** Names in lower case; undefined when the list could not be read. */
  processes: Outcome<{ names: ReadonlySet<string> }>;
  serviceRuns(name: string): Promise<boolean>;
}

/** Linux cuts process names to 15 characters. */
const COMM_CHARS = 15;

export async function lookAround(os: Os): Promise<Running> {
  const listed = await os.processes();
  const names = listed.ok ? new Set(listed.entries.map(({ name }) => name.toLowerCase())) : undefined;
  return {
    processes: listed.ok && names ? { ok: true, names } : listed.ok ? fail("probe-failed", "processes") : listed,
    async serviceRuns(name) {
      if (os.family !== "windows") return false;
      const ran = await os.run("sc.exe", ["query", name]);
      // The state is a number (4 = running) before its translated name.
      return ran.ok && ran.exitCode === 0 && /:\s*4\s/.test(ran.stdout.split(/\r?\n/)[3] ?? "");
    },
  };
}

export async function isInstalled(
  rule: ProductRule,
  os: Os,
  running: Running,
  daily?: DailySnapshot,
): Promise<boolean> {
  for (const detector of rule.detect) if (await detects(detector, os, running, daily)) return true;
  return false;
}

async function detects(detector: Detector, os: Os, running: Running, daily?: DailySnapshot): Promise<boolean> {
  switch (detector.kind) {
    case "path":
      return (await os.stat(detector.path)).ok;
    case "process":
      return detector.names.some((name) => hasProcess(running, name));
    case "service":
      return anyService(running, detector.names);
    case "registry":
      return (await queryRegistry(os, detector.key)).ok;
    case "security-center":
      return (daily?.securityCenter ?? []).some(({ displayName }) =>
        new RegExp(detector.pattern, "i").test(displayName),
      );
  }
}

/** True or false when processes could be listed; otherwise why not. A rule without a guard cannot say. */
export async function guardRuns(rule: ProductRule, running: Running): Promise<Outcome<{ runs: boolean }>> {
  const { guard } = rule;
  if (!guard) return fail("not-supported", "no rule says what its guard is");
  if (!running.processes.ok) return running.processes;
  const byProcess = (guard.processes ?? []).some((name) => hasProcess(running, name));
  return { ok: true, runs: byProcess || (await anyService(running, guard.services ?? [])) };
}

function hasProcess({ processes }: Running, name: string): boolean {
  if (!processes.ok) return false;
  const wanted = name.toLowerCase();
  return processes.names.has(wanted) || processes.names.has(wanted.slice(0, COMM_CHARS));
}

async function anyService(running: Running, names: readonly string[]): Promise<boolean> {
  for (const name of names) if (await running.serviceRuns(name)) return true;
  return false;
}
