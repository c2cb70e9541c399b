/** `npm run bench -- NAME [options]`: one measurement, printed as a table with a ratio against a baseline of the same run. */
import { cpus, totalmem } from "node:os";
import { orUsage } from "../support/usage.ts";

const BENCHES: Record<string, () => Promise<{ run(args: string[]): Promise<unknown> }>> = {
  agent: () => import("./agent.ts"),
  attendance: () => import("./attendance.ts"),
  clock: () => import("./clock.ts"),
  connect: () => import("./connect.ts"),
  intake: () => import("./intake.ts"),
  latency: () => import("./latency.ts"),
};

const USAGE = `usage: npm run bench -- ${Object.keys(BENCHES).join(" | ")} [options]; the options stand at the top of test/bench/NAME.ts`;

const [name, ...args] = process.argv.slice(2);
const load = name === undefined ? undefined : BENCHES[name];
if (load === undefined) {
  console.error(USAGE);
  process.exit(2);
}
const [cpu] = cpus();
const memoryGib = Math.round(totalmem() / 2 ** 30);
console.log(
  `${name}: ${new Date().toISOString()}, Node ${process.version}, ${cpus().length} x ${cpu?.model.trim()}, ${memoryGib} GiB`,
);
await orUsage(USAGE, async () => (await load()).run(args));
process.exit();
