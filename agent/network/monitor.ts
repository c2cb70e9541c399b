/**
 * Tells that something about the network has changed: `ip monitor` as a child, restarted with back-off; where iproute2 is missing,
 * and on Windows, a look at the addresses every 10 s.
 */
import type { ChildProcess } from "node:child_process";
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";

export const POLL_MS = 10_000;
export const RESTART_MS = { first: 1_000, most: 60_000 } as const;
/** A child that ran this long has proved itself: the back-off starts anew. */
const STABLE_MS = 60_000;

export interface NetworkMonitorDeps {
  clock: Clock;
  log: Log;
  /** Starts the child that writes a line for each change; undefined where there is none. */
  spawnMonitor: (() => ChildProcess) | undefined;
  /** Everything that a poll compares, as one text. */
  snapshot: () => string;
  /** Called for each sign of a change, without saying what it was. */
  onChange: () => void;
}

export class NetworkMonitor {
  readonly #deps: NetworkMonitorDeps;
  #child: ChildProcess | undefined;
  #isStopped = false;
  #backOffMs: number = RESTART_MS.first;
  #cancelRestart = () => {};
  #cancelPoll: (() => void) | undefined;

  constructor(deps: NetworkMonitorDeps) {
    this.#deps = deps;
    if (deps.spawnMonitor) this.#startChild(deps.spawnMonitor);
    else this.#startPolling();
  }

  /** How changes are noticed at the moment. */
  mode(): "events" | "polling" {
    return this.#child ? "events" : "polling";
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelRestart();
    this.#stopPolling();
    this.#child?.kill();
  }

  #startChild(spawnMonitor: () => ChildProcess): void {
    const startedMs = this.#deps.clock.monotonic();
    const child = spawnMonitor();
    this.#child = child;
    child.stdout?.on("data", () => this.#deps.onChange());
    child.on("spawn", () => {
      this.#stopPolling();
      // Whatever happened while there was no child is unseen.
      this.#deps.onChange();
    });
    const end = (reason: object) => {
      // A child that cannot be started tells so twice.
      if (this.#child !== child || this.#isStopped) return;
      this.#child = undefined;
      this.#startPolling();
      if ("error" in reason && isMissing(reason.error)) {
        this.#deps.log.info({ everyMs: POLL_MS }, "no ip command: looking for address changes by polling");
      } else this.#restart(reason, startedMs, spawnMonitor);
    };
    child.on("error", (error) => end({ error }));
    child.on("exit", (exitCode, signal) => end({ exitCode, signal }));
  }

  #restart(reason: object, startedMs: number, spawnMonitor: () => ChildProcess): void {
    const { clock, log } = this.#deps;
    if (clock.monotonic() - startedMs >= STABLE_MS) this.#backOffMs = RESTART_MS.first;
    log.warn({ ...reason, againInMs: this.#backOffMs }, "ip monitor ended");
    this.#cancelRestart = clock.after(this.#backOffMs, () => this.#startChild(spawnMonitor));
    this.#backOffMs = Math.min(this.#backOffMs * 2, RESTART_MS.most);
  }

  #startPolling(): void {
    if (this.#cancelPoll || this.#isStopped) return;
    const { clock, snapshot, onChange } = this.#deps;
    let last = snapshot();
    const poll = () => {
      this.#cancelPoll = clock.after(POLL_MS, poll);
      const now = snapshot();
      if (now === last) return;
      last = now;
      onChange();
    };
    this.#cancelPoll = clock.after(POLL_MS, poll);
  }

  #stopPolling(): void {
    this.#cancelPoll?.();
    this.#cancelPoll = undefined;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
