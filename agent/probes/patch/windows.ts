/** The patch part on Windows: build and revision now, history and pending updates from the daily snapshot. Not yet run on Windows. */
import type { Fact } from "../../../protocol/messages/fact.ts";
import type { Parts } from "../../../protocol/messages/records/posture.ts";
import { CURRENT_VERSION, parseWindowsVersion, patchLevel } from "../identity/windows-version.ts";
import type { Probe, ProbeContext } from "../probe.ts";
import { cut } from "../text.ts";
import type { DailySnapshot, UpdateHistoryEntry } from "../windows/daily-snapshot.ts";
import { fullKey } from "../windows/reg-query.ts";
import { queryRegistry } from "../windows/registry.ts";

const HISTORY = "Windows Update history";
const SEARCH = "Windows Update search, offline";
const REBOOT_KEYS = [
  "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired",
  "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending",
];
const INSTALLATION = 1;
const SUCCEEDED = 2;
const PACKAGES_MAX = 200;

export const windowsPatch: Probe<"patch"> = async (context) => ({
  level: await readLevel(context),
  lastInstalledAt: lastInstalled(context),
  pending: pendingUpdates(context),
  rebootRequired: await readRebootRequired(context),
  listsAt: context.daily?.pending
    ? context.facts.known(context.daily.at, SEARCH, "os-record")
    : missing(context, "pending", SEARCH),
});

async function readLevel({ os, facts }: ProbeContext): Promise<Fact<string>> {
  const answer = await queryRegistry(os, CURRENT_VERSION);
  if (!answer.ok) return facts.failed(answer, CURRENT_VERSION);
  const version = parseWindowsVersion(answer.keys.get(fullKey(CURRENT_VERSION)) ?? []);
  const level = version && patchLevel(version);
  if (!level) return facts.unknown("not-recorded", "no build number or no UBR", CURRENT_VERSION);
  return facts.known(level, CURRENT_VERSION, "os-record");
}

function lastInstalled(context: ProbeContext): Fact<string> {
  const { facts, daily } = context;
  if (!daily?.history) return missing(context, "history", HISTORY);
  const newest = lastRealUpdate(daily.history);
  if (!newest) return facts.unknown("not-recorded", "no successful installation", HISTORY);
  return { ...facts.known(newest.at, HISTORY, "vendor-api"), at: daily.at };
}

/** The newest success that is not a definition update of Defender: those come daily and patch nothing. Pure. */
export function lastRealUpdate(history: readonly UpdateHistoryEntry[]): UpdateHistoryEntry | undefined {
  const real = history.filter(
    ({ operation, resultCode, title }) =>
      operation === INSTALLATION && resultCode === SUCCEEDED && !/KB2267602|KB4052623|KB915597/.test(title),
  );
  return real.sort((a, b) => (a.at < b.at ? 1 : -1))[0];
}

function pendingUpdates(context: ProbeContext): Parts["patch"]["pending"] {
  const { facts, daily, pendingSince } = context;
  if (!daily?.pending) return missing(context, "pending", SEARCH);
  const security = daily.pending
    .filter((update) => update.security)
    .map(({ title }) => cut(title))
    .sort();
  const since = security.map((title) => pendingSince.get(title) ?? daily.at).sort()[0];
  const value = {
    security: security.length,
    total: daily.pending.length,
    packages: security.slice(0, PACKAGES_MAX),
    ...(since && { since }),
  };
  return { ...facts.known(value, SEARCH, "vendor-api"), at: daily.at };
}

function missing({ facts, daily }: ProbeContext, part: keyof DailySnapshot, source: string) {
  const error = daily?.errors[part];
  if (error) return facts.unknown("probe-failed", error, source);
  return facts.unknown("not-recorded", "the first snapshot of the day is still to come", source);
}

/** Either key exists only while a reboot is wanted. */
async function readRebootRequired({ os, facts }: ProbeContext): Promise<Fact<boolean>> {
  for (const key of REBOOT_KEYS) {
    const answer = await queryRegistry(os, key);
    if (answer.ok) return facts.known(true, key, "os-record");
    if (answer.reason !== "not-recorded") return facts.failed(answer, key);
  }
  return facts.known(false, REBOOT_KEYS.join(", "), "os-record");
}
