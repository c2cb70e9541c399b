/** A handle on a simulated clock that runs as its own process, for tests and for the hall. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { AppError } from "../../protocol/errors.ts";
import { moduleArguments } from "../child-process.ts";
import type { Mishap } from "../faults/mishaps.ts";
import type { ClockCommand, MemoryReport } from "./commands.ts";
import type { LedgerEntry } from "./ledger.ts";
import type { ProcessOptions } from "./process.ts";
import type { LineReport } from "./simulated-clock.ts";

/** Generous: on a machine that has other things to do a process takes its time. */
const READY_TIMEOUT_MS = 60_000;
/** Every command is quick but a mishap, which takes as long as it was asked to. */
const ANSWER_TIMEOUT_MS = 30_000;

type Child = ChildProcessByStdio<Writable, Readable, Readable>;
type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;
export type ClockOrder = WithoutId<ClockCommand>;

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

export type StartOptions = { path: string } & Partial<Omit<ProcessOptions, "path">>;

export class ClockProcess {
  readonly path: string;
  readonly #child: Child;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #stderr = "";

  private constructor(path: string, child: Child) {
    this.path = path;
    this.#child = child;
    child.stderr.on("data", (text: Buffer) => {
      this.#stderr = (this.#stderr + text.toString()).slice(-4_096);
    });
    child.once("exit", () => this.#failAll());
    child.stdin.on("error", () => this.#failAll());
  }

  /** Starts the process and waits until its port is there. Throws AppError `clock-failed`. */
  static async start(options: StartOptions): Promise<ClockProcess> {
    const all: ProcessOptions = { baud: 9600, seed: 1, faults: "none", clocks: [{}], ...options };
    const child = spawn(process.execPath, [...moduleArguments("./process", import.meta.url), JSON.stringify(all)], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    const clock = new ClockProcess(options.path, child);
    const ready = new Promise<unknown>((resolve, reject) => clock.#waiting.set(0, { resolve, reject }));
    createInterface({ input: child.stdout }).on("line", (line) => clock.#hear(line));
    await withTimeout(ready, READY_TIMEOUT_MS, "the simulated clock did not start");
    return clock;
  }

  /** The truth: every punch that was made. */
  ledger(device?: number): Promise<LedgerEntry[]> {
    return this.tell({ do: "ledger", device }) as Promise<LedgerEntry[]>;
  }

  /** The punch as it was made, or the reason why the clock took none. */
  punch(user: number, options: { type?: number; device?: number } = {}): Promise<LedgerEntry | { refused: string }> {
    return this.tell({ do: "punch", user, ...options }) as Promise<LedgerEntry | { refused: string }>;
  }

  report(): Promise<LineReport> {
    return this.tell({ do: "report" }) as Promise<LineReport>;
  }

  memory(device?: number): Promise<MemoryReport> {
    return this.tell({ do: "memory", device }) as Promise<MemoryReport>;
  }

  async befall(mishap: Mishap, forMs: number): Promise<void> {
    await this.tell({ do: "befall", mishap, forMs });
  }

  /** Sends one command and waits for its result. Throws AppError `clock-failed` when the process is gone or refuses it. */
  async tell(order: ClockOrder): Promise<unknown> {
    const id = this.#nextId++;
    const answer = new Promise<unknown>((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    this.#child.stdin.write(`${JSON.stringify({ ...order, id })}\n`);
    const extraMs = order.do === "befall" ? order.forMs : 0;
    return withTimeout(answer, ANSWER_TIMEOUT_MS + extraMs, `no answer to "${order.do}"`).finally(() =>
      this.#waiting.delete(id),
    );
  }

  /** Ends the process and waits for its end; safe to call twice. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.stdin.end();
    const hardStop = setTimeout(() => this.#child.kill("SIGKILL"), ANSWER_TIMEOUT_MS);
    await exited;
    clearTimeout(hardStop);
  }

  /** Ends the process as a crash would. */
  async kill(): Promise<void> {
    const exited = once(this.#child, "exit");
    if (this.#child.kill("SIGKILL")) await exited;
  }

  #hear(line: string): void {
    const said = JSON.parse(line) as { id?: number; ok?: boolean; result?: unknown; error?: string; event?: string };
    if (said.event === "ready") this.#waiting.get(0)?.resolve(undefined);
    else if (said.event === "failed") this.#waiting.get(0)?.reject(new AppError("clock-failed", line));
    if (said.id === undefined) return;
    const waiting = this.#waiting.get(said.id);
    if (said.ok) waiting?.resolve(said.result);
    else waiting?.reject(new AppError("clock-failed", said.error ?? "refused"));
  }

  #failAll(): void {
    const error = new AppError("clock-failed", `the simulated clock ended: ${this.#stderr}`);
    for (const waiting of this.#waiting.values()) waiting.reject(error);
    this.#waiting.clear();
  }
}

function withTimeout<T>(promise: Promise<T>, ms: number, message: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new AppError("clock-failed", message)), ms);
  });
  return Promise.race([promise, timeout]).finally(() => clearTimeout(timer));
}
