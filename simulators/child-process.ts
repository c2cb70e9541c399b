/** How a simulator starts a part of itself as a process of its own. */
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

/** Arguments for node: the module `name` (without extension) beside `base`, compiled as it is, in development through tsx. */
export function moduleArguments(name: string, base: string): string[] {
  if (!base.endsWith(".ts")) return [fileURLToPath(new URL(`${name}.js`, base))];
  const tsx = pathToFileURL(createRequire(base).resolve("tsx")).href;
  return ["--import", tsx, fileURLToPath(new URL(`${name}.ts`, base))];
}
