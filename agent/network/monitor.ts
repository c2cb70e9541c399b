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
}

export interface NetworkMonitor {
  stop(): void;
  /** How changes are noticed at the moment. */
  mode(): "events" | "polling";
}

/** Calls `onChange` for each sign of a change, without saying what it was. */
export function monitorNetwork(deps: NetworkMonitorDeps, onChange: () => void): NetworkMonitor {
  const { clock, log, spawnMonitor, snapshot } = deps;
  let child: ChildProcess | undefined;
  let stopped = false;
  let backOffMs: number = RESTART_MS.first;
  let cancelTimer = () => {};
  let cancelPoll: (() => void) | undefined;

  function startPolling(): void {
    if (cancelPoll || stopped) return;
    let last = snapshot();
    const poll = () => {
      cancelPoll = clock.after(POLL_MS, poll);
      const now = snapshot();
      if (now === last) return;
      last = now;
      onChange();
    };
    cancelPoll = clock.after(POLL_MS, poll);
  }

  function stopPolling(): void {
    cancelPoll?.();
    cancelPoll = undefined;
  }

  function startChild(spawnOne: () => ChildProcess): void {
    const started = clock.monotonic();
    let ended = false;
    const current = spawnOne();
    child = current;
    current.stdout?.on("data", () => onChange());
    const end = (reason: object) => {
      if (ended || stopped) return;
      ended = true;
      child = undefined;
      startPolling();
      if ("error" in reason && isMissing(reason.error)) {
        log.info({ everyMs: POLL_MS }, "no ip command: looking for address changes by polling");
        return;
      }
      if (clock.monotonic() - started >= STABLE_MS) backOffMs = RESTART_MS.first;
      log.warn({ ...reason, againInMs: backOffMs }, "ip monitor ended");
      cancelTimer = clock.after(backOffMs, () => startChild(spawnOne));
      backOffMs = Math.min(backOffMs * 2, RESTART_MS.most);
    };
    current.on("error", (error) => end({ error }));
    current.on("exit", (exitCode, signal) => end({ exitCode, signal }));
    current.on("spawn", () => {
      stopPolling();
      // Whatever happened while there was no child is unseen.
      onChange();
    });
  }

  if (spawnMonitor) startChild(spawnMonitor);
  else startPolling();

  return {
    mode: () => (child ? "events" : "polling"),
    stop() {
      stopped = true;
      cancelTimer();
      stopPolling();
      child?.kill();
    },
  };
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
