/** Path patterns with `*` inside one level: all that evidence rules need, without a dependency. */
import { readdir } from "node:fs/promises";
import { GLOB_MATCHES_MAX } from "./os.ts";

/** Existing paths that match, sorted; a folder that may not be read matches nothing. `separator` is `/` or `\`. */
export async function globPaths(pattern: string, separator: "/" | "\\" = "/"): Promise<string[]> {
  const [root = "", ...levels] = pattern.split(separator);
  let paths = [root];
  for (const level of levels) {
    const next: string[] = [];
    for (const path of paths) next.push(...(await expand(path, level, separator)));
    paths = next.slice(0, GLOB_MATCHES_MAX);
  }
  return paths.sort();
}

async function expand(path: string, level: string, separator: string): Promise<string[]> {
  if (!level.includes("*")) return [`${path}${separator}${level}`];
  const entries = await readdir(path === "" ? separator : path + separator).catch(() => []);
  return entries.filter(levelMatcher(level)).map((entry) => `${path}${separator}${entry}`);
}

/** `*` matches any characters of one path level; everything else stands for itself. */
export function levelMatcher(level: string): (entry: string) => boolean {
  const source = level
    .split("*")
    .map((piece) => piece.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    .join(".*");
  const pattern = new RegExp(`^${source}$`);
  return (entry) => pattern.test(entry);
}
