/** The process of PCs that will vanish: starts them and waits to be killed. */
import { createInterface } from "node:readline";
import { SILENT_LOG } from "../../protocol/log.ts";
import { seededRandom } from "../../protocol/seeded-random.ts";
import { openSource } from "../../protocol/uplink/open-source.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import type { DoomedWork } from "./doomed.ts";
import { OfficePc } from "./office-pc.ts";

const CONNECT_MS_MAX = 15_000;
const LOOK_MS = 100;

const input = createInterface({ input: process.stdin });
input.once("line", (line) => {
  start(JSON.parse(line) as DoomedWork).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
});
// Whoever started this is gone.
input.once("close", () => process.exit(0));

async function start({ pcs, home, centre, seed }: DoomedWork): Promise<void> {
  const deps = { openSource, clock: SYSTEM_CLOCK, random: seededRandom(seed), log: SILENT_LOG };
  const office = pcs.map((pc) => new OfficePc(pc, home, centre, deps));
  for (const pc of office) await pc.start();
  await connected(office);
  process.stdout.write("ready\n");
}

/** Only who was there can vanish; but a centre that lets nobody in holds nobody up either. */
async function connected(office: OfficePc[]): Promise<void> {
  const giveUpAt = SYSTEM_CLOCK.monotonic() + CONNECT_MS_MAX;
  while (!office.every((pc) => pc.state()?.connected) && SYSTEM_CLOCK.monotonic() < giveUpAt) {
    await new Promise<void>((resolve) => SYSTEM_CLOCK.after(LOOK_MS, resolve));
  }
}
