/**
 * PCs that will vanish without a word: they run in a process of their own, which is killed as a power cut kills. Its work comes as
 * one JSON line on standard input, so that the token is in no process list.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { AppError } from "../../protocol/errors.ts";
import { moduleArguments } from "../child-process.ts";
import type { CentreOptions } from "./office-pc.ts";
import type { SimulatedPc } from "./pc.ts";

const READY_TIMEOUT_MS = 60_000;

export interface DoomedWork {
  pcs: SimulatedPc[];
  home: string;
  centre: CentreOptions;
  seed: number;
}

export class DoomedPcs {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves once their first records are written. Throws AppError `doomed-failed`. */
  static async start(work: DoomedWork): Promise<DoomedPcs> {
    const args = moduleArguments("./doomed-process", import.meta.url);
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    child.stdin.on("error", () => {});
    child.stdin.write(`${JSON.stringify(work)}\n`);
    const lines = createInterface({ input: child.stdout });
    const timer = setTimeout(() => child.kill("SIGKILL"), READY_TIMEOUT_MS);
    const [line] = await Promise.race([once(lines, "line"), once(child, "exit")]);
    clearTimeout(timer);
    if (line !== "ready") {
      child.kill("SIGKILL");
      throw new AppError("doomed-failed", "the PCs that are to vanish did not start");
    }
    return new DoomedPcs(child);
  }

  /** The power goes. */
  async vanish(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}
