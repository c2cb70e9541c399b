/** A simulated hall beside `npm start`: clocks on pseudo terminals, a reader of its own, PCs with agents of their own. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { ApiClient } from "../collector/cli/api-client.ts";
import { addClock, CLOCKS_FILE } from "../collector/clocks/config.ts";
import { type Child, startChild, TOKEN_VARIABLE } from "./children.ts";
import type { LogFile } from "./log-file.ts";
import type { Ready } from "./story.ts";

const CLOCKS = 3;
const PCS = 40;

export interface HallOptions {
  home: string;
  ready: Ready;
  api: ApiClient;
  seed: string;
  /** Those started here are added. */
  children: Child[];
  log: LogFile;
}

export async function startHall({ home, ready, api, seed, children, log }: HallOptions): Promise<void> {
  const hallHome = join(home, "simulated-hall");
  const { token } = await api.post<{ token: string }>("/enrolment-tokens", {
    purpose: "enrol-site",
    label: "模拟大厅 / simulated hall",
    days: 1,
    simulated: true,
  });
  await mkdir(hallHome, { recursive: true, mode: 0o700 });
  // The pseudo terminals of the last time are somebody else's by now.
  await rm(join(hallHome, CLOCKS_FILE), { force: true });
  const env = { [TOKEN_VARIABLE]: token };
  const common = ["--server", ready.apiUrl, "--broker", ready.mqttUrl, "--ca", ready.caFile, "--home"];
  const counts = ["--clocks", String(CLOCKS), "--pcs", String(PCS), "--seed", seed];
  const ports = new PortCollector(hallHome);
  const hall = startChild({
    name: "模拟大厅 simulated hall",
    args: ["simulate", "hall", "--json", ...common, join(hallHome, "office"), ...counts],
    log,
    onLine: (line) => ports.take(line),
    env,
  });
  children.push(hall);
  await Promise.race([ports.complete, hall.ended]);
  children.push(
    startChild({
      name: "模拟大厅读取 its reader",
      args: ["collector", "read", "--simulated", "--wanted", "reader-simulated-hall", ...common, hallHome],
      log,
      env,
    }),
  );
  console.log(`模拟大厅：${CLOCKS} 台考勤机，${PCS} 台电脑（均标明"模拟"）。A simulated hall was added.\n`);
}

interface PortEvent {
  event: string;
  path: string;
  baud: number;
  number: number;
  serial: string;
}

/** Configures each clock that the hall tells of; one at a time, for each rewrites the same file. */
class PortCollector {
  readonly complete: Promise<void>;
  readonly #home: string;
  #adding: Promise<void> = Promise.resolve();
  #known = 0;
  #resolve = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(home: string) {
    this.#home = home;
    this.complete = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  take(line: string): void {
    const event = parse(line);
    if (event?.event !== "port") return;
    const { path: port, baud, number, serial: name } = event;
    this.#adding = this.#adding.then(async () => {
      await addClock(this.#home, { family: "tcb", port, baud, number, name });
      if (++this.#known === CLOCKS) this.#resolve();
    });
    this.#adding.catch(this.#reject);
  }
}

function parse(line: string): PortEvent | undefined {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
