/** The first program in the virtual machine: the HID scenario on the machine's own kernel. */
import { type HidScenario, run } from "../scenarios/hid/hid.ts";

const outcome = await run(JSON.parse(process.argv[2] ?? "null") as HidScenario);
const { missing, doubled, invented, ...figures } = outcome;
const counts = { ...figures, missing: missing.length, doubled: doubled.length, invented: invented.length };
const verdict = missing.length + doubled.length + invented.length === 0 ? "HELD" : "BROKEN";
process.stdout.write(`${JSON.stringify(counts)}\n${verdict}\n`, () => process.exit());
