#!/usr/bin/env node
// Runs the compiled command line; in a checkout that was not built yet it says how.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const compiled = new URL("../dist/bin/dianmao.js", import.meta.url);
if (!existsSync(fileURLToPath(compiled))) {
  console.error(
    "还没有编译：请先运行 npm start 或 npm run build。\nNot built yet: run `npm start` or `npm run build` first.",
  );
  process.exit(2);
}
await import(compiled);
