/** Which Linux this is, from the files of the distribution: os-release, and the files by which Kylin and UOS tell themselves. Pure. */
import { cut, parseIni, parseKeyValues } from "../text.ts";

/** The texts that were found; absent files are undefined. */
export interface ReleaseFiles {
  osRelease?: string | undefined;
  /** UOS and deepin: `/etc/os-version`. */
  osVersion?: string | undefined;
  /** Kylin desktop: `/etc/.kyinfo`. */
  kyinfo?: string | undefined;
  /** Kylin server (and some desktops): `/etc/kylin-release`. */
  kylinRelease?: string | undefined;
}

export interface LinuxRelease {
  family: "linux";
  id: string;
  name: string;
  version: string;
  build?: string;
  server?: boolean;
}

/** Undefined when no file says anything. The distribution's own file outranks os-release, which on Kylin may say plain Debian. */
export function identifyLinux(files: ReleaseFiles): LinuxRelease | undefined {
  return identifyUos(files) ?? identifyKylin(files) ?? identifyOsRelease(files);
}

function identifyOsRelease({ osRelease }: ReleaseFiles): LinuxRelease | undefined {
  if (osRelease === undefined) return undefined;
  const values = parseKeyValues(osRelease);
  const id = values.get("ID");
  if (!id) return undefined;
  const variant = values.get("VARIANT_ID");
  return {
    family: "linux",
    id: cut(id.toLowerCase()),
    name: cut(values.get("PRETTY_NAME") ?? values.get("NAME") ?? id),
    version: cut(values.get("VERSION_ID") ?? values.get("BUILD_ID") ?? "rolling"),
    ...(variant && { server: /server/i.test(variant) }),
  };
}

/** UOS: `[Version] SystemName, EditionName, MajorVersion, MinorVersion, OsBuild`. */
function identifyUos({ osVersion }: ReleaseFiles): LinuxRelease | undefined {
  if (osVersion === undefined) return undefined;
  const values = parseIni(osVersion);
  const system = values.get("Version.SystemName");
  if (!system) return undefined;
  const edition = values.get("Version.EditionName");
  const build = values.get("Version.OsBuild");
  return {
    family: "linux",
    id: /deepin/i.test(system) ? "deepin" : "uos",
    name: cut([system, edition].filter(Boolean).join(" ")),
    version: cut(values.get("Version.MinorVersion") ?? values.get("Version.MajorVersion") ?? "unknown"),
    ...(build && { build: cut(build) }),
    ...(edition && { server: /server|euler/i.test(edition) }),
  };
}

/** Kylin: `.kyinfo` has `[dist] dist_id=Kylin-Desktop-V10-SP1-Release-2303`, `kylin-release` one line of text. */
function identifyKylin({ kyinfo, kylinRelease, osRelease }: ReleaseFiles): LinuxRelease | undefined {
  const line = kylinRelease?.trim();
  const distId = kyinfo && parseIni(kyinfo).get("dist.dist_id");
  if (!line && !distId) return undefined;
  const base = identifyOsRelease({ osRelease });
  const milestone = kyinfo && parseIni(kyinfo).get("dist.milestone");
  const told = `${distId ?? ""} ${line ?? ""}`;
  return {
    family: "linux",
    id: "kylin",
    name: cut(line || (base?.id === "kylin" ? base.name : `Kylin ${distId}`)),
    version: cut(/\bV\d+(?:[ -]SP\d+)?/i.exec(told)?.[0].replace(" ", "-") ?? base?.version ?? "unknown"),
    ...((distId || milestone) && { build: cut(distId ?? (milestone as string)) }),
    server: /server/i.test(told),
  };
}
