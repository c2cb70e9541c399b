/** The patch state of an RPM-family PC, from caches only: dnf, or yum on older ones. */
import type { Fact } from "../../../protocol/messages/fact.ts";
import { instantOf } from "../dates.ts";
import { dated } from "../facts.ts";
import type { ProbeContext } from "../probe.ts";
import { countUpdates, newestInstallMs, parseSecurityAdvisories } from "./dnf.ts";
import { type PendingFact, pendingFact } from "./pending.ts";

const LIST_TIMEOUT_MS = 60_000;
/** `check-update` exits with 100 when there are updates. */
const UPDATES_AVAILABLE = 100;
const METADATA = [
  "/var/cache/dnf/*/repodata/repomd.xml",
  "/var/cache/libdnf5/*/repodata/repomd.xml",
  "/var/cache/yum/*/*/*/repomd.xml",
];

export async function readRpmPending(context: ProbeContext, listsAt: Fact<string>): Promise<PendingFact> {
  const { os, facts, pendingSince } = context;
  const tool = (await os.stat("/usr/bin/dnf")).ok ? "dnf" : "yum";
  const options = { timeoutMs: LIST_TIMEOUT_MS, lowPriority: true };
  const source = `${tool} updateinfo list --security`;
  const advisories = await os.run(
    tool,
    ["-q", "-C", "updateinfo", "list", ...(tool === "dnf" ? ["--security"] : ["security"])],
    options,
  );
  if (!advisories.ok) return facts.failed(advisories, source);
  if (advisories.exitCode !== 0) return facts.unknown("probe-failed", advisories.stderr.trim(), source);
  const updates = await os.run(tool, ["-q", "-C", "check-update"], options);
  if (!updates.ok) return facts.failed(updates, source);
  if (updates.exitCode !== 0 && updates.exitCode !== UPDATES_AVAILABLE) {
    return facts.unknown("probe-failed", updates.stderr.trim(), `${tool} check-update`);
  }
  const security = parseSecurityAdvisories(advisories.stdout).map((name) => ({ name, security: true }));
  const others = Math.max(0, countUpdates(updates.stdout) - security.length);
  const upgrades = [...security, ...Array.from({ length: others }, () => ({ name: "", security: false }))];
  return pendingFact({ upgrades, source, listsAt, pendingSince }, facts, os.now());
}

export async function readRpmListsAt({ os, facts }: ProbeContext): Promise<Fact<string>> {
  const paths = (await Promise.all(METADATA.map((pattern) => os.glob(pattern)))).flat();
  const stats = await Promise.all(paths.map((path) => os.stat(path)));
  const times = stats.flatMap((stat) => (stat.ok ? [stat.mtimeMs] : []));
  if (times.length === 0) return facts.unknown("not-recorded", "no repository metadata", METADATA.join(", "));
  return dated(facts, instantOf(Math.floor(Math.max(...times)), os.now()), "repomd.xml", "file-mtime");
}

export async function readRpmLastInstalled({ os, facts }: ProbeContext): Promise<Fact<string>> {
  const source = "rpm -qa --qf %{INSTALLTIME}";
  const ran = await os.run("rpm", ["-qa", "--qf", "%{INSTALLTIME}\\n"], { timeoutMs: LIST_TIMEOUT_MS });
  if (!ran.ok) return facts.failed(ran, source);
  const newest = newestInstallMs(ran.stdout);
  if (newest === undefined) return facts.unknown("not-recorded", "empty rpm database", source);
  return dated(facts, instantOf(newest, os.now()), source, "os-record");
}
