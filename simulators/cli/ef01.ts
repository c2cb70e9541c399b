/** `dianmao simulate ef01`: one bare fingerprint module on a pseudo terminal; people visit it, or lines on standard input say who. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Command } from "commander";
import { seededRandom } from "../../protocol/seeded-random.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { MODELS } from "../ef01/behaviour.ts";
import { FingerModule } from "../ef01/module.ts";
import { ModuleLine } from "../ef01/simulated-module.ts";
import { visit } from "../ef01/visitor.ts";
import { type FaultProfile, streamSeed } from "../faults/profile.ts";
import { decimal, faultsOption, integer, oneOf, SEED_MAX } from "./options.ts";
import { createSpeaker, runAction, type Speaker, STDERR_LOG, untilStopped } from "./run.ts";

const CROWD_STREAM = 203;
const ZFM_START_MS = 500;

interface Ef01Flags {
  portLink: string;
  baud: number;
  address: number;
  password: number;
  model: string;
  fingers: number;
  visitEvery: number;
  seed: number;
  faults: FaultProfile;
  json: boolean;
}

export function ef01Command(): Command {
  return new Command("ef01")
    .description("one bare fingerprint module (ZFM-20, R503, AS608) on a pseudo terminal")
    .option("--port-link <path>", "where the port appears", join(tmpdir(), "dianmao-module"))
    .option("--baud <rate>", "the line's rate", integer(300, 921_600), 57_600)
    .option("--address <n>", "module address", integer(0, 0xffffffff), 0xffffffff)
    .option("--password <n>", "module password", integer(0, 0xffffffff), 0)
    .option("--model <name>", `behaviour: ${Object.keys(MODELS).join(", ")}`, oneOf(Object.keys(MODELS)), "r503")
    .option("--fingers <n>", "fingers in the library, on pages from 0 on", integer(0, 200), 10)
    .option("--visit-every <s>", "mean seconds between visits, 0 for none", decimal(0, 86_400), 5)
    .option("--seed <n>", "seed of visits and faults", integer(0, SEED_MAX), 1)
    .addOption(faultsOption())
    .option("--json", "one JSON object a line", false)
    .addHelpText(
      "after",
      `
Standard input: "lay-on 3" and "lift", a line each; finger 3 is the one on page 3.
Example: a module read by a collector on the same machine
  dianmao simulate ef01 --port-link /tmp/module1
  dianmao clock add --family ef01 --port /tmp/module1 --name door`,
    )
    .action((flags: Ef01Flags) => runAction(() => simulateEf01(flags)));
}

async function simulateEf01(flags: Ef01Flags): Promise<void> {
  const speaker = createSpeaker(flags.json);
  const stopped = untilStopped();
  const { portLink: path, baud, seed, faults } = flags;
  const module = moduleOf(flags);
  const line = await ModuleLine.open(module, { path, baud, seed, faults }, { clock: SYSTEM_CLOCK, log: STDERR_LOG });
  speaker.say({ event: "port", path, baud }, `module at ${path}, ${baud} baud`);
  if (!flags.json) console.log(`read it with: dianmao clock add --family ef01 --port ${path} --name door`);
  line.onMishap = (mishap, phase) => speaker.say({ event: "mishap", mishap, phase }, `${mishap} ${phase}`);
  const input = createInterface({ input: process.stdin });
  input.on("line", (text) => obey(module, text));
  const stopVisitors = startVisitors(module, flags, speaker);
  await stopped;
  stopVisitors();
  input.close();
  await line.close();
}

function moduleOf({ address, password, model, fingers }: Ef01Flags): FingerModule {
  const library = Array.from({ length: fingers }, (_, page): [number, number] => [page, page]);
  const start = model === "zfm-20" ? { startMs: ZFM_START_MS } : {};
  const module = new FingerModule({ address, password, library, ...start }, { clock: SYSTEM_CLOCK });
  for (const behaviour of MODELS[model] ?? []) module.define(behaviour);
  return module;
}

function obey(module: FingerModule, text: string): void {
  const [word, finger] = text.trim().split(/\s+/);
  if (word === "lay-on") module.layOn(Number(finger));
  else if (word === "lift") module.lift();
}

/** Somebody comes every now and then until the returned function is called. */
function startVisitors(module: FingerModule, { visitEvery, fingers, seed }: Ef01Flags, { say }: Speaker): () => void {
  if (visitEvery === 0 || fingers === 0) return () => {};
  const random = seededRandom(streamSeed(seed, CROWD_STREAM));
  let cancel = () => {};
  let isOver = false;
  const come = async () => {
    const { finger, sawGreen } = await visit(module, Math.floor(random() * fingers), SYSTEM_CLOCK);
    say({ event: "visit", finger, sawGreen }, `finger ${finger}: ${sawGreen ? "green light" : "no green light"}`);
    wait();
  };
  const wait = () => {
    if (isOver) return;
    const pauseMs = -Math.log(1 - random()) * visitEvery * 1_000;
    cancel = SYSTEM_CLOCK.after(pauseMs, () => void come());
  };
  wait();
  return () => {
    isOver = true;
    cancel();
  };
}
