/** Tests of what only some versions of Node have. On others they do not exist, and the run says so: nothing is missing there. */
import { test } from "vitest";

export function nodeIsAtLeast(major: number, minor: number): boolean {
  const [haveMajor = 0, haveMinor = 0] = process.versions.node.split(".").map(Number);
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
}

/** `test` where it applies; elsewhere a line on stderr with its name. */
export function testWhere(applies: boolean): (name: string, body: () => Promise<void>) => void {
  if (applies) return (name, body) => test(name, body);
  return (name) => process.stderr.write(`not for Node ${process.versions.node}: ${name}\n`);
}
