/** Installed software: dpkg and rpm lists, and the uninstall keys of Windows. Pure. */
import { cut, lines } from "../probes/text.ts";
import { type RegistryKeys, registryValue } from "../probes/windows/reg-query.ts";

export interface Software {
  name: string;
  version: string;
}

/** `NAME<tab>VERSION` a line, as our formats for `dpkg-query -W` and `rpm -qa` print it; dpkg lines carry a status first. */
export function parsePackages(text: string): Software[] {
  return sortSoftware(
    lines(text).flatMap((line) => {
      const [name, version] = line.split("\t");
      return name && version ? { name: cut(name), version: cut(version) } : [];
    }),
  );
}

/** Keys below `Uninstall`; parts of the system and updates of other entries are left out, as the control panel does. */
export function parseUninstall(keys: RegistryKeys): Software[] {
  const entries = [...keys.values()].flatMap((values) => {
    const name = registryValue(values, "DisplayName")?.data;
    const hidden = registryValue(values, "SystemComponent")?.data === "0x1" || registryValue(values, "ParentKeyName");
    if (!name || hidden) return [];
    return { name: cut(name), version: cut(registryValue(values, "DisplayVersion")?.data ?? "") };
  });
  return sortSoftware(entries);
}

/** Sorted, each once. */
export function sortSoftware(software: readonly Software[]): Software[] {
  const byKey = new Map(software.map((entry) => [keyOf(entry), entry]));
  return [...byKey.keys()].sort().map((key) => byKey.get(key) as Software);
}

export function keyOf({ name, version }: Software): string {
  return `${name}\t${version}`;
}
