#!/usr/bin/env node
/** Bundles the agent for a PC: `dist/agent.mjs` and beside it the inventory's child process. Nothing else is needed but Node.js. */
import { mkdir, stat } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const out = process.argv[2] ?? fileURLToPath(new URL("../dist", import.meta.url));

/** Packages written for CommonJS call `require`, which an ES module does not have. */
const banner = { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' };

const common = {
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  minify: true,
  banner,
  logLevel: "warning",
};
/** mqtt-packet keeps 65,536 ready-made buffers, 7 MiB, which save an agent nothing at its few messages an hour. */
const program = `
import { writeToStream } from "mqtt-packet";
import { agentCommand } from "./agent/cli/agent.ts";
writeToStream.cacheNumbers = false;
await agentCommand().name("dianmao-agent").parseAsync();
`;

await mkdir(out, { recursive: true });
await build({ ...common, stdin: { contents: program, resolveDir: root, loader: "ts" }, outfile: `${out}/agent.mjs` });
await build({ ...common, entryPoints: [`${root}/agent/inventory/child.ts`], outfile: `${out}/inventory-child.mjs` });

for (const file of ["agent.mjs", "inventory-child.mjs"]) {
  const { size } = await stat(`${out}/${file}`);
  console.log(`${out}/${file}  ${Math.round(size / 1024)} KiB`);
}
