/** Appends to the journal in the folder named until it is killed, and prints each number once the append has resolved. */
import { Journal } from "../../../protocol/delivery/journal.ts";
import { openNodeFiles } from "../../../protocol/uplink/node-files.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";

/** Appends under way at once: groups of many sizes. */
const AT_ONCE = 7;

const files = await openNodeFiles(process.argv[2] as string);
const journal = await Journal.open({ files, clock: SYSTEM_CLOCK, random: Math.random, machine: "00000000000000aa" });

async function appendForEver(lane: number): Promise<void> {
  for (let round = 0; ; round++) {
    const body = { lane, round, pad: "x".repeat((round * 37) % 900) };
    const kind = round % 5 === 0 ? "posture" : "punch";
    const number = await journal.append(kind, JSON.stringify({ kind, at: "2026-11-23T00:00:00.000Z", body }));
    process.stdout.write(`${number} ${lane} ${round}\n`);
  }
}

await Promise.all(Array.from({ length: AT_ONCE }, (_, lane) => appendForEver(lane)));
