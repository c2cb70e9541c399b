/** Asks the Windows registry through `reg.exe`, 64-bit view. Written from documented formats; not yet run on Windows. */

import { levelMatcher } from "../../os/glob.ts";
import { fail, type Os, type Outcome } from "../../os/os.ts";
import { fullKey, parseRegQuery, type RegistryKeys, type RegistryValue, registryValue } from "./reg-query.ts";

const REG_TIMEOUT_MS = 5_000;

/** One key, or with `recursive` everything below it. A key that does not exist is `not-recorded`. */
export async function queryRegistry(os: Os, key: string, recursive = false): Promise<Outcome<{ keys: RegistryKeys }>> {
  const ran = await os.run("reg.exe", ["query", key, ...(recursive ? ["/s"] : []), "/reg:64"], {
    timeoutMs: REG_TIMEOUT_MS,
  });
  if (!ran.ok) return ran;
  // reg.exe exits with 1 for a missing key and for a refused one; only a translated sentence tells which.
  if (ran.exitCode !== 0) {
    const refused = /denied|\u62d2\u7edd/.test(ran.stderr);
    return fail(refused ? "access-denied" : "not-recorded", `${key}: ${ran.stderr.trim()}`);
  }
  return { ok: true, keys: parseRegQuery(ran.stdout) };
}

/** All values of that name under keys that match; one level of `key` may be `*`. */
export async function findRegistryValues(
  os: Os,
  key: string,
  name: string,
): Promise<Outcome<{ values: RegistryValue[] }>> {
  const star = key.indexOf("\\*");
  const answer = await queryRegistry(os, star < 0 ? key : key.slice(0, star), star >= 0);
  if (!answer.ok) return answer;
  const wanted = fullKey(key).split("\\").map(levelMatcher);
  const values = [...answer.keys].flatMap(([path, found]) => {
    const levels = path.split("\\");
    const matches = levels.length === wanted.length && levels.every((level, index) => wanted[index]?.(level));
    return (matches && registryValue(found, name)) || [];
  });
  return values.length > 0 ? { ok: true, values } : fail("not-recorded", `${key}: no value ${name}`);
}
