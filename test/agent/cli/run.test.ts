/** The agent as a process: no centre answers, but everything is kept, and signals end it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { STOP_MS_MAX } from "../../../agent/cli/run.ts";

const ENTRY = fileURLToPath(new URL("../support/agent-cli.ts", import.meta.url));
/** Nobody listens on the discard port. */
const CENTRE = ["--server", "https://127.0.0.1:9", "--ca-fingerprint", "0".repeat(64), "--clamav-dir", "/nonexistent"];

let home = "";
let child: ChildProcess | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "dianmao-run-"));
});
afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(home, { recursive: true, force: true });
});

/** Starts the agent and resolves once it has kept its first posture; gives the parts that it told whole. */
async function start(stdio: "pipe" | "ipc" = "pipe"): Promise<{ child: ChildProcess; whole: string[] }> {
  const started = spawn(process.execPath, ["--import", "tsx", ENTRY, "run", "--home", home, ...CENTRE], {
    stdio: ["ignore", "pipe", "inherit", ...(stdio === "ipc" ? (["ipc"] as const) : [])],
  });
  child = started;
  if (!started.stdout) throw new Error("no output");
  for await (const text of createInterface({ input: started.stdout })) {
    const line = JSON.parse(text);
    if (line.msg === "posture reported") return { child: started, whole: line.whole };
  }
  throw new Error("the agent ended before it told a posture");
}

async function end(agent: ChildProcess, how: () => void): Promise<{ code: number | null; withinLimit: boolean }> {
  const startedMs = performance.now();
  const exited = once(agent, "exit");
  how();
  const [code] = await exited;
  return { code, withinLimit: performance.now() - startedMs < STOP_MS_MAX };
}

describe.runIf(process.platform === "linux")("dianmao agent run", () => {
  it("keeps its records while nobody answers, ends at SIGTERM, and tells nothing twice", async () => {
    const first = await start();
    expect(first.whole).toEqual(["identity", "network", "antivirus", "patch", "power"]);
    expect(await end(first.child, () => first.child.kill("SIGTERM"))).toEqual({ code: 0, withinLimit: true });
    const second = await start();
    expect(second.whole).toEqual([]);
    expect(await end(second.child, () => second.child.kill("SIGINT"))).toEqual({ code: 0, withinLimit: true });
    const state = JSON.parse(readFileSync(join(home, "agent", "agent-state.json"), "utf8"));
    expect(state.power.bootId).toBe(readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim().replaceAll("-", ""));
  }, 60_000);

  it("starts again after kill -9", async () => {
    const first = await start();
    await end(first.child, () => first.child.kill("SIGKILL"));
    const second = await start();
    expect(await end(second.child, () => second.child.kill("SIGTERM"))).toEqual({ code: 0, withinLimit: true });
  }, 60_000);

  it("ends with the process that started it", async () => {
    const { child: agent } = await start("ipc");
    expect(await end(agent, () => agent.disconnect())).toEqual({ code: 0, withinLimit: true });
  }, 60_000);

  it("ends once when its parent tells it and lets go, and does not wait for a parent that listens on", async () => {
    const both = await start("ipc");
    const tell = () => {
      both.child.disconnect();
      both.child.kill("SIGTERM");
    };
    expect(await end(both.child, tell)).toEqual({ code: 0, withinLimit: true });
    const listening = await start("ipc");
    expect(await end(listening.child, () => listening.child.kill("SIGTERM"))).toEqual({ code: 0, withinLimit: true });
  }, 60_000);
});
