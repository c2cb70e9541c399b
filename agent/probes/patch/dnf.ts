/** dnf's and yum's lists of updates, and the rpm database's install times. Pure. */
import { lines } from "../text.ts";

/**
 * Package names of security advisories. dnf 4 and yum: `FEDORA-2026-1a2b Important/Sec. kernel-6.11.4-201.fc40.x86_64`; dnf 5 has a
 * heading and columns `Name Type Severity Package Issued`. One package may stand in several advisories.
 */
export function parseSecurityAdvisories(text: string): string[] {
  const packages = lines(text).flatMap((line) => {
    const columns = line.trim().split(/\s+/);
    if (columns.length === 3 && /sec/i.test(columns[1] as string)) return packageName(columns[2] as string);
    if (columns[1] === "security" && columns.length >= 4) return packageName(columns[3] as string);
    return [];
  });
  return [...new Set(packages)].sort();
}

/** `kernel-core-6.11.4-201.fc40.x86_64` to `kernel-core`: version and release are the last two hyphens' parts. */
function packageName(nevra: string): string {
  return /^(.+)-[^-]+-[^-]+$/.exec(nevra)?.[1] ?? nevra;
}

/** `dnf check-update`: `bash.x86_64   5.2.26-3.fc40   updates`, until `Obsoleting Packages`. */
export function countUpdates(text: string): number {
  const upgrades = (text.split(/^Obsoleting Packages/m)[0] ?? "").split("\n");
  return upgrades.filter((line) =>
    /^\S+\.(noarch|x86_64|i686|aarch64|loongarch64|mips64el|sw_64|riscv64)\s+\S+\s+\S+\s*$/.test(line),
  ).length;
}

/** `rpm -qa --qf '%{INSTALLTIME}\n'`: the newest, in ms since 1970. */
export function newestInstallMs(text: string): number | undefined {
  const seconds = lines(text).map(Number).filter(Number.isInteger);
  return seconds.length > 0 ? Math.max(...seconds) * 1000 : undefined;
}
