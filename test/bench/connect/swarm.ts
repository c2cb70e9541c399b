/** Ten thousand idle PCs, spread over processes of their own. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Member } from "../intake/fleet.ts";
import type { SwarmOrder, SwarmReport } from "./swarm-process.ts";

const MEMBERS_PER_PROCESS = 2500;
const ADDRESSES = 8;
const LOOK_MS = 25;

export type SwarmOptions = Pick<SwarmOrder, "host" | "port" | "ca" | "key" | "isMqtt" | "retryMsMax"> & {
  members: Member[];
};

type Count = Extract<SwarmReport, { type: "count" }>;

export class Swarm {
  readonly #processes: ChildProcess[] = [];
  readonly #counts = new Map<ChildProcess, Count>();
  #since = performance.now();

  constructor({ members, ...rest }: SwarmOptions) {
    const file = fileURLToPath(new URL("./swarm-process.ts", import.meta.url));
    const addresses = Array.from({ length: ADDRESSES }, (_, index) => `127.0.0.${index + 10}`);
    for (let at = 0; at < members.length; at += MEMBERS_PER_PROCESS) {
      const child = fork(file, { execArgv: ["--import", "tsx"] });
      child.on("message", (report: SwarmReport) => {
        if (report.type === "count") this.#counts.set(child, report);
      });
      const part = members.slice(at, at + MEMBERS_PER_PROCESS);
      child.send({ ...rest, members: part, addresses, seed: at + 1 } satisfies SwarmOrder);
      this.#processes.push(child);
    }
  }

  get connected(): number {
    return this.#sum((count) => count.connected);
  }

  get resumed(): number {
    return this.#sum((count) => count.resumed);
  }

  /** Handshakes that came to nothing. */
  get failures(): number {
    return this.#sum((count) => count.failures);
  }

  /** From now on `until` counts anew. */
  restartWatch(): void {
    this.#since = performance.now();
  }

  /** Resolves to the ms since the watch began, once the condition holds. Rejects after `msMax`. */
  async until(condition: () => boolean, msMax: number): Promise<number> {
    while (!condition()) {
      if (performance.now() - this.#since > msMax) {
        throw new Error(`only ${this.connected} connected after ${msMax} ms, ${this.failures} failures`);
      }
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
    return performance.now() - this.#since;
  }

  async stop(): Promise<void> {
    for (const child of this.#processes) child.disconnect();
    await Promise.all(this.#processes.map((child) => child.exitCode ?? once(child, "exit")));
  }

  #sum(of: (count: Count) => number): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + of(count), 0);
  }
}
