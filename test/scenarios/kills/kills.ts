/**
 * Sources, collector and broker killed with -9 at seeded moments while records flow: the database holds each record exactly once,
 * and no number of a sequence is missing.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { databasePath } from "../../../collector/main.ts";
import { openSqlite3Driver } from "../../../collector/store/sqlite3-driver.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { type CollectorProcess, startCollector } from "../../support/collector-process.ts";
import { freePort } from "../../support/free-port.ts";
import { type BrokerKind, type ExternalBrokerProcess, startBroker } from "./brokers.ts";

const FEEDER = fileURLToPath(new URL("./feeder.ts", import.meta.url));
/** Between two kills: long enough to come back now and then, short enough to be hit while coming back. */
const PAUSE_MS = [100, 1500] as const;
const FINISH_MS_MAX = 300_000;

export interface KillScenario {
  seed: number;
  kills: number;
  records: number;
  sources: number;
  broker: BrokerKind;
}

export interface KillOutcome extends KillScenario {
  killed: Record<string, number>;
  stored: number;
  doubled: number;
  missing: number;
  /** Rows of the table `punch`: the projection's own count. */
  punches: number;
  seconds: number;
}

export async function run(scenario: KillScenario): Promise<KillOutcome> {
  const world = await World.open(scenario);
  const startedAt = performance.now();
  try {
    await world.killAtRandom();
    await world.finish();
    const counted = await world.count();
    return {
      ...scenario,
      killed: world.killed,
      ...counted,
      seconds: Math.round((performance.now() - startedAt) / 1000),
    };
  } finally {
    await world.dispose();
  }
}

class World {
  readonly killed: Record<string, number> = {};
  readonly #scenario: KillScenario;
  readonly #folder: string;
  readonly #args: string[];
  #collector!: CollectorProcess;
  #broker: ExternalBrokerProcess | undefined;
  #token = "";
  readonly #feeders = new Map<string, ChildProcess>();
  #isFinishing = false;

  private constructor(scenario: KillScenario, folder: string, args: string[]) {
    this.#scenario = scenario;
    this.#folder = folder;
    this.#args = args;
  }

  /** Ports are fixed for the world, as they are for a real centre: what comes back comes back at the same place. */
  static async open(scenario: KillScenario): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), "dianmao-kills-"));
    const [api, mqtt] = [await freePort(), await freePort()];
    const args = ["--api-port", String(api), "--mqtt-port", String(mqtt)];
    const world = new World(scenario, folder, args);
    if (scenario.broker !== "embedded") {
      // The authority is made by the collector's first start; the broker needs its certificates.
      const first = await startCollector({ home: join(folder, "centre"), args });
      await first.stop();
      world.#broker = await startBroker(scenario.broker, join(folder, "centre"), join(folder, "broker"), mqtt);
      args.push("--broker", world.#broker.url);
    }
    await world.#startCollector();
    world.#token = await world.#collector.siteToken();
    for (let index = 1; index <= scenario.sources; index++) world.#startFeeder(`reader-${index}`);
    return world;
  }

  async killAtRandom(): Promise<void> {
    const random = seededRandom(this.#scenario.seed);
    const victims = ["collector", ...this.#feeders.keys(), ...(this.#broker ? ["broker"] : [])];
    for (let kill = 0; kill < this.#scenario.kills; kill++) {
      await pause(PAUSE_MS[0] + random() * (PAUSE_MS[1] - PAUSE_MS[0]));
      await this.#kill(victims[Math.floor(random() * victims.length)] as string);
    }
  }

  async #kill(victim: string): Promise<void> {
    const kind = victim.replace(/-\d+$/, "");
    this.killed[kind] = (this.killed[kind] ?? 0) + 1;
    if (victim === "collector") {
      await this.#collector.kill9();
      await this.#startCollector();
    } else if (victim === "broker") await this.#broker?.restart();
    else {
      const feeder = this.#feeders.get(victim);
      const exited =
        feeder && feeder.exitCode === null && feeder.signalCode === null ? once(feeder, "exit") : undefined;
      feeder?.kill("SIGKILL");
      await exited;
      this.#startFeeder(victim);
    }
  }

  async finish(): Promise<void> {
    this.#isFinishing = true;
    const until = Date.now() + FINISH_MS_MAX;
    for (const [name, feeder] of this.#feeders) {
      while (feeder.exitCode === null && Date.now() < until) await pause(100);
      if (feeder.exitCode !== 0) throw new Error(`${name} did not finish: exit ${feeder.exitCode}`);
    }
    await this.#collector.stop();
  }

  async count(): Promise<Pick<KillOutcome, "stored" | "doubled" | "missing" | "punches">> {
    const { records, sources } = this.#scenario;
    const each = Math.ceil(records / sources);
    const driver = await openSqlite3Driver({
      path: databasePath(this.#collector.home),
      mode: "read",
      busyTimeoutMs: 5000,
    });
    try {
      const { rows } = await driver.query(
        `select count(*) as stored, count(distinct mark_id || '/' || seq) as numbers,
                count(distinct json_extract(body, '$.clock') || '/' || json_extract(body, '$.user')) as contents
         from record where kind = 'punch'`,
      );
      const { rows: punches } = await driver.query("select count(*) as count from punch");
      const [{ stored, numbers, contents }] = rows as unknown as [Record<string, number>];
      return {
        stored: stored as number,
        doubled: (stored as number) - Math.min(numbers as number, contents as number),
        missing: each * sources - (contents as number),
        punches: (punches[0] as unknown as { count: number }).count,
      };
    } finally {
      await driver.close();
    }
  }

  async dispose(): Promise<void> {
    for (const feeder of this.#feeders.values()) feeder.kill("SIGKILL");
    await this.#collector.kill9();
    await this.#broker?.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #startCollector(): Promise<void> {
    this.#collector = await startCollector({ home: join(this.#folder, "centre"), args: this.#args });
  }

  #startFeeder(name: string): void {
    if (this.#isFinishing) return;
    const { records, sources } = this.#scenario;
    const each = Math.ceil(records / sources);
    // The records flow over the whole time of the kills.
    const perSecond = Math.max(50, Math.ceil(each / Math.max(1, this.#scenario.kills * 0.8)));
    const { apiUrl, caFile } = this.#collector;
    const args = [join(this.#folder, name), apiUrl, caFile, this.#token, name, String(each), String(perSecond)];
    const feeder = spawn(process.execPath, ["--import", "tsx", FEEDER, ...args], {
      stdio: ["ignore", "ignore", "inherit"],
    });
    this.#feeders.set(name, feeder);
  }
}
