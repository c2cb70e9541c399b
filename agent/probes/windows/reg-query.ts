/** Output of `reg.exe query`: the layout is the same in every language, only the last line and the errors are translated. Pure. */

export interface RegistryValue {
  name: string;
  type: string;
  data: string;
}

/** Values by full key path, keys in upper case for look-ups (the registry ignores case). */
export type RegistryKeys = Map<string, RegistryValue[]>;

/** Four spaces, name, four spaces, type, four spaces, data; key paths stand at the left edge. */
const VALUE = /^ {4}(.*?) {4}(REG_[A-Z_]+)(?: {4}(.*))?$/;

export function parseRegQuery(text: string): RegistryKeys {
  const keys: RegistryKeys = new Map();
  let current: RegistryValue[] | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith("HKEY_")) {
      current = keys.get(line.toUpperCase()) ?? [];
      keys.set(line.trimEnd().toUpperCase(), current);
      continue;
    }
    const match = VALUE.exec(line);
    if (match && current) current.push({ name: match[1] ?? "", type: match[2] ?? "", data: match[3] ?? "" });
  }
  return keys;
}

/** The value of this name, whatever its case. */
export function registryValue(values: readonly RegistryValue[] | undefined, name: string): RegistryValue | undefined {
  return values?.find((value) => value.name.toLowerCase() === name.toLowerCase());
}

/** REG_DWORD and REG_QWORD as a number; undefined for anything else. */
export function numberOf(value: RegistryValue | undefined): number | undefined {
  return value && /^0x[0-9a-f]+$/i.test(value.data) ? Number(value.data) : undefined;
}

/** REG_MULTI_SZ and REG_SZ as a list: `reg.exe` writes the separator as `\0`. */
export function listOf(value: RegistryValue | undefined): string[] {
  return (value?.data ?? "").split(/\\0|[\s,]+/).filter((item) => item !== "");
}

const HIVES: Record<string, string> = { HKLM: "HKEY_LOCAL_MACHINE", HKCU: "HKEY_CURRENT_USER", HKU: "HKEY_USERS" };

/** `HKLM\SOFTWARE\X` as `reg.exe` prints it, in upper case. */
export function fullKey(key: string): string {
  const [hive = "", ...levels] = key.split("\\");
  return [HIVES[hive.toUpperCase()] ?? hive, ...levels].join("\\").toUpperCase();
}
