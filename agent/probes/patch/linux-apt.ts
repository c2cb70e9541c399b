/** The patch state of a Debian-family PC. Nothing is downloaded and nothing is locked; no root needed. */
import type { Fact } from "../../../protocol/messages/fact.ts";
import { instantOf, localInstant } from "../dates.ts";
import { dated } from "../facts.ts";
import type { ProbeContext } from "../probe.ts";
import { hasSecurityArchive, parseAptSimulation } from "./apt.ts";
import { lastUpgrade, newestFirst } from "./apt-history.ts";
import { type PendingFact, pendingFact } from "./pending.ts";

/** A simulation takes 2 s on a fast PC and up to half a minute on a slow disk. */
const SIMULATION_TIMEOUT_MS = 60_000;
const SIMULATION = "apt-get -s dist-upgrade";
const HISTORY_FILES_MAX = 13;

export async function readAptPending(context: ProbeContext, listsAt: Fact<string>): Promise<PendingFact> {
  const { os, facts, pendingSince } = context;
  const ran = await os.run("apt-get", ["-s", "-o", "Debug::NoLocking=true", "dist-upgrade"], {
    timeoutMs: SIMULATION_TIMEOUT_MS,
    lowPriority: true,
  });
  if (!ran.ok) return facts.failed(ran, SIMULATION);
  if (ran.exitCode !== 0) return facts.unknown("probe-failed", ran.stderr.trim(), SIMULATION);
  const upgrades = parseAptSimulation(ran.stdout);
  if (!hasSecurityArchive(await os.glob("/var/lib/apt/lists/*Release"))) {
    return facts.unknown(
      "not-supported",
      `${upgrades.length} in all; no security archive among the sources`,
      SIMULATION,
    );
  }
  return pendingFact({ upgrades, source: SIMULATION, listsAt, pendingSince }, facts, os.now());
}

/**
 * When the lists were last refreshed. Their own times are the archive's; apt touches the folder `partial` on each refresh, and
 * the stamp is written where refreshing is automatic.
 */
export async function readAptListsAt({ os, facts }: ProbeContext): Promise<Fact<string>> {
  const paths = ["/var/lib/apt/periodic/update-success-stamp", "/var/lib/apt/lists/partial"];
  const lists = await os.glob("/var/lib/apt/lists/*Release");
  if (lists.length === 0) return facts.unknown("not-recorded", "no package lists", "/var/lib/apt/lists");
  const stats = await Promise.all(paths.map((path) => os.stat(path)));
  const times = stats.flatMap((stat, index) => (stat.ok ? [{ path: paths[index] as string, ms: stat.mtimeMs }] : []));
  const newest = times.sort((a, b) => b.ms - a.ms)[0];
  if (!newest) return facts.unknown("not-recorded", "no time of a refresh", "/var/lib/apt");
  return dated(facts, instantOf(Math.floor(newest.ms), os.now()), newest.path, "file-mtime");
}

export async function readAptLastInstalled({ os, facts }: ProbeContext): Promise<Fact<string>> {
  const paths = newestFirst(await os.glob("/var/log/apt/history.log*")).slice(0, HISTORY_FILES_MAX);
  for (const path of paths) {
    const read = await os.readMaybeGzip(path);
    if (!read.ok) return facts.failed(read, path);
    const parts = lastUpgrade(read.text);
    if (parts) return dated(facts, localInstant(parts, os.now()), path, "os-record");
  }
  return facts.unknown("not-recorded", "no upgrade in apt's history", "/var/log/apt/history.log");
}
