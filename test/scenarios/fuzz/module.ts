/** A module reader whose module's bytes are damaged on their way; a punch must be of a finger that was really laid on. */
import { Ef01Exchange } from "../../../collector/clocks/drivers/ef01-exchange.ts";
import { Ef01Module } from "../../../collector/clocks/drivers/ef01-module.ts";
import { ModuleReader } from "../../../collector/clocks/modules/module-reader.ts";
import { INSTALLED_ON_DEFAULT } from "../../../collector/clocks/reader/punch-record.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { FingerModule } from "../../../simulators/ef01/module.ts";
import { MemoryLine } from "../../collector/clocks/support/memory-line.ts";
import { MemorySink } from "../../collector/clocks/support/memory-sink.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";
import { bytesFrom, damage } from "./bytes.ts";

const FINGERS = [1, 2, 3];
const DAMAGED = 0.1;
const NOISE = 0.05;
const VISIT_MS = 1_500;
/** A line left alone after a silence is not waited for any longer than this. */
const STOP_MS_MAX = 5_000;
const ROUNDS_MAX = 200;

export async function fuzzModule(seed: number, inputs: number): Promise<{ punches: number; failures: string[] }> {
  const random = seededRandom(seed);
  const clock = new VirtualClock();
  const line = new MemoryLine();
  const sensor = new FingerModule({ library: FINGERS.map((finger) => [finger, finger]) }, { clock });
  let packets = 0;
  sensor.onSend = (bytes) => {
    packets += 1;
    if (random() < NOISE) line.receive(bytesFrom(random));
    line.receive(random() < DAMAGED ? damage(bytes, random) : bytes);
  };
  line.device = (bytes) => clock.after(1, () => sensor.receive(bytes));
  sensor.powerUp();
  const sink = new MemorySink();
  const module = new Ef01Module(
    { device: 1, password: 0 },
    new Ef01Exchange({ baud: 57_600, address: 0xffffffff }, { line, clock }),
  );
  const pages = new Map(FINGERS.map((finger) => [finger, String(finger)]));
  const deps = {
    module,
    users: undefined,
    loadPages: async () => pages,
    sink,
    clock,
    random: seededRandom(seed),
    log: SILENT_LOG,
  };
  const reader = new ModuleReader({ name: "door", zone: "Asia/Shanghai", installedOn: INSTALLED_ON_DEFAULT }, deps);
  reader.start();
  const visits: { user: string; from: number; until: number }[] = [];
  for (let round = 0; packets < inputs && round < ROUNDS_MAX; round++) {
    const finger = FINGERS[Math.floor(random() * FINGERS.length)] ?? 1;
    const from = clock.now();
    sensor.layOn(finger);
    await clock.advance(VISIT_MS);
    sensor.lift();
    visits.push({ user: String(finger), from, until: clock.now() });
    await clock.advance(random() * 2 * VISIT_MS);
  }
  let isStopped = false;
  void reader.stop().then(() => {
    isStopped = true;
  });
  await clock.advance(STOP_MS_MAX);
  if (!isStopped) return { punches: sink.punches.length, failures: ["the reader does not stop"] };
  const failures = sink.punches
    .filter(({ user, readAt }) => !visits.some((visit) => wasThere(visit, user, Date.parse(readAt))))
    .map(({ user, readAt }) => `a punch of ${user} at ${readAt}, who was not there`);
  return { punches: sink.punches.length, failures };
}

/** A finger lifted while it is searched for was laid on all the same. */
const SEARCH_MS_MAX = 200;

function wasThere(visit: { user: string; from: number; until: number }, user: string, at: number): boolean {
  return visit.user === user && at >= visit.from && at <= visit.until + SEARCH_MS_MAX;
}
