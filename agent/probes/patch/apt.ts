/** `apt-get -s dist-upgrade`: what would be installed, and which of it is a security update. Pure. */
import { lines } from "../text.ts";

export interface Upgrade {
  name: string;
  security: boolean;
}

/**
 * `Inst bash [5.2.15-2+b8] (5.2.15-2+b13 Debian:12.15/oldstable [amd64])`; several origins are separated by commas, and one whose
 * suite ends in `-security` makes it a security update. A line without the installed version is a new dependency.
 */
const INST = /^Inst (\S+) (?:\[[^\]]*\] )?\((\S+) (.*?)(?: \[[^\]]*\])?\)/;

export function parseAptSimulation(text: string): Upgrade[] {
  return lines(text).flatMap((line) => {
    const match = INST.exec(line);
    if (!match) return [];
    const [, name = "", , origins = ""] = match;
    return { name, security: origins.split(", ").some((origin) => /-security(-|$)/.test(origin.trim())) };
  });
}

/** A sources list without a security archive cannot tell security updates apart: file names of `/var/lib/apt/lists`. */
export function hasSecurityArchive(listFiles: readonly string[]): boolean {
  return listFiles.some((path) => /-security[_-].*(InRelease|Release)$/.test(path.slice(path.lastIndexOf("/") + 1)));
}
