/** `dianmao agent run`: reports until it is told to stop. */
import { AppError } from "../../protocol/errors.ts";
import type { Log } from "../../protocol/log.ts";
import type { StopCause } from "../../protocol/uplink/source.ts";
import { readAgentConfig } from "../config.ts";
import { jsonLog } from "../json-log.ts";
import { type AgentDeps, type AgentOptions, type RunningAgent, runAgent, sourceFolder } from "../main.ts";
import { spawnIpMonitor } from "../network/reporting.ts";
import { systemOs } from "../os/system-os.ts";
import { stopCause } from "../power/stop-cause.ts";
import { type CentreFlags, centreOf } from "./options.ts";

export interface RunFlags extends CentreFlags {
  home: string;
  clamavDir?: string;
  verbose?: boolean;
}

/** After SIGTERM a service manager kills; this is less than any of them waits. */
export const STOP_MS_MAX = 8_000;

export async function run(flags: RunFlags): Promise<void> {
  const log = jsonLog((line) => process.stdout.write(line), flags.verbose ? "debug" : "info");
  const options = await optionsOf(flags);
  const deps = await systemDeps(log);
  const stopped = stopRequest(deps);
  for (;;) {
    let enrolAnew = (_: "re-enrol") => {};
    const reEnrol = new Promise<"re-enrol">((resolve) => (enrolAnew = resolve));
    const agent = await runAgent({ ...options, onReEnrol: () => enrolAnew("re-enrol") }, deps);
    log.info({ home: options.home }, "agent started");
    const cause = await Promise.race([stopped, reEnrol]);
    const relax = await stopWithin(agent, cause === "re-enrol" ? "update" : cause, log);
    if (cause !== "re-enrol") return;
    relax();
    const { forgetIdentity } = await import("../../protocol/uplink/identity.ts");
    await forgetIdentity(sourceFolder(options.home));
    log.warn({}, "identity forgotten; enrolling anew");
  }
}

/** Flags before `agent.json`. */
export async function optionsOf(flags: RunFlags): Promise<AgentOptions> {
  const config = await readAgentConfig(flags.home);
  const centre = centreOf(flags, config);
  const broker = flags.broker ?? config.broker;
  const name = flags.name ?? config.name;
  const clamavDir = flags.clamavDir ?? config.clamavDir;
  return {
    home: flags.home,
    ...(centre && { centre }),
    ...(broker && { broker }),
    ...(name && { name }),
    ...(clamavDir && { clamavDir }),
    ...((flags.simulated ?? config.simulated) && { simulated: true }),
  };
}

/** Loaded only now: the MQTT client is the largest part of an agent's memory. */
export async function systemDeps(log: Log): Promise<AgentDeps> {
  const { openSource } = await import("../../protocol/uplink/open-source.ts");
  const { SYSTEM_CLOCK } = await import("../../protocol/uplink/system-clock.ts");
  const os = systemOs();
  const spawnMonitor = os.family === "linux" ? spawnIpMonitor : undefined;
  return { clock: SYSTEM_CLOCK, random: Math.random, log, os, openSource, spawnMonitor };
}

/** Resolves at SIGTERM, SIGINT, or when the process that started this one is gone. */
function stopRequest({ os }: AgentDeps): Promise<StopCause> {
  return new Promise((resolve) => {
    let isAsked = false;
    let signals = 0;
    const ask = (cause: () => Promise<StopCause>) => {
      if (isAsked) return;
      isAsked = true;
      // Listening to the parent would keep this process alive after its work.
      if (process.connected) process.disconnect();
      void cause().then(resolve);
    };
    // A second signal means business; a parent that is gone besides does not.
    const onSignal = (cause: () => Promise<StopCause>) => () =>
      ++signals > 1 ? process.exit(EXIT_FAILED) : ask(cause);
    const byService = async (): Promise<StopCause> => "service-stop";
    const bySystem = () => stopCause(os);
    process.on("SIGTERM", onSignal(bySystem));
    // Windows knows no SIGTERM: its service wrapper sends Ctrl+C, also when the machine goes down.
    process.on("SIGINT", onSignal(os.family === "windows" ? bySystem : byService));
    process.once("disconnect", () => ask(byService));
  });
}

const EXIT_FAILED = 1;

/** An end that takes too long, or that something in this process outlives, is made hard. Returns what takes the limit away. */
async function stopWithin(agent: RunningAgent, cause: StopCause, log: Log): Promise<() => void> {
  const limit = setTimeout(() => {
    log.error({ error: new AppError("stop-timeout", `no end within ${STOP_MS_MAX} ms`) }, "stopped hard");
    process.exit(EXIT_FAILED);
  }, STOP_MS_MAX);
  await agent.stop(cause);
  limit.unref();
  return () => clearTimeout(limit);
}
