import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { NetworkMonitor, POLL_MS, RESTART_MS } from "../../../agent/network/monitor.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import { settle, VirtualClock } from "../../support/virtual-clock.ts";

/** A child process under the test's control. */
class FakeChild extends EventEmitter {
  readonly stdout = new PassThrough();
  killed = false;

  kill(): boolean {
    this.killed = true;
    return true;
  }
}

function setUp(hasMonitor = true) {
  const clock = new VirtualClock();
  const children: FakeChild[] = [];
  const world = { snapshot: "a", signs: 0 };
  const spawnMonitor = () => {
    const child = new FakeChild();
    children.push(child);
    return child as unknown as ChildProcess;
  };
  const monitor = new NetworkMonitor({
    clock,
    log: SILENT_LOG,
    spawnMonitor: hasMonitor ? spawnMonitor : undefined,
    snapshot: () => world.snapshot,
    onChange: () => void world.signs++,
  });
  return { clock, children, world, monitor };
}

describe("noticing changes", () => {
  it("passes on each line of the child", async () => {
    const { children, world, monitor } = setUp();
    children[0]?.emit("spawn");
    children[0]?.stdout.write("4: eth0    inet 10.20.3.99/24 scope global eth0\n");
    await settle();
    expect(world.signs).toBe(2);
    expect(monitor.mode()).toBe("events");
  });

  it("starts a child that ended again, with growing pauses, and polls in between", async () => {
    const { clock, children, world, monitor } = setUp();
    children[0]?.emit("spawn");
    children[0]?.emit("exit", 1, null);
    expect(monitor.mode()).toBe("polling");
    await clock.advance(RESTART_MS.first);
    expect(children).toHaveLength(2);
    children[1]?.emit("exit", 1, null);
    await clock.advance(RESTART_MS.first * 2 - 1);
    expect(children).toHaveLength(2);
    await clock.advance(1);
    expect(children).toHaveLength(3);
    world.signs = 0;
    world.snapshot = "b";
    await clock.advance(POLL_MS);
    expect(world.signs).toBe(1);
    children[2]?.emit("spawn");
    expect(world.signs).toBe(2);
  });

  it("never waits longer than a minute, and anew after a child that lasted", async () => {
    const { clock, children } = setUp();
    for (let round = 0; round < 10; round++) {
      children.at(-1)?.emit("exit", 1, null);
      await clock.advance(RESTART_MS.most);
    }
    expect(children.length).toBe(11);
    children.at(-1)?.emit("spawn");
    await clock.advance(60_000);
    children.at(-1)?.emit("exit", 1, null);
    await clock.advance(RESTART_MS.first);
    expect(children.length).toBe(12);
  });

  it("polls where there is no ip command, and does not try again", async () => {
    const { clock, children, world, monitor } = setUp();
    children[0]?.emit("error", Object.assign(new Error("spawn ip ENOENT"), { code: "ENOENT" }));
    await clock.advance(600_000);
    expect(children).toHaveLength(1);
    world.snapshot = "b";
    await clock.advance(POLL_MS);
    expect(world.signs).toBe(1);
    monitor.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it("polls on Windows", async () => {
    const { clock, world } = setUp(false);
    await clock.advance(POLL_MS);
    expect(world.signs).toBe(0);
    world.snapshot = "b";
    await clock.advance(POLL_MS);
    expect(world.signs).toBe(1);
  });

  it("takes its child and its timers with it", async () => {
    const { clock, children, monitor } = setUp();
    children[0]?.emit("spawn");
    monitor.stop();
    children[0]?.emit("exit", null, "SIGTERM");
    expect(children[0]?.killed).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});

const NAMESPACE = `dmtest${process.pid}`;
const inNamespace = (...args: string[]) => execFileSync("ip", ["netns", "exec", NAMESPACE, ...args]);

function canMakeNamespaces(): boolean {
  try {
    execFileSync("ip", ["netns", "add", NAMESPACE], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const real = process.platform === "linux" && canMakeNamespaces();
if (process.env.CI && process.platform === "linux" && !real)
  throw new Error("CI must be able to make network namespaces");

describe.runIf(real)("the kernel's own events", () => {
  afterEach(() => {
    execFileSync("ip", ["netns", "del", NAMESPACE]);
  });

  it("tell of a changed address", async () => {
    inNamespace("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1");
    let notify = () => {};
    const sign = () => new Promise<void>((resolve) => (notify = resolve));
    const args = ["netns", "exec", NAMESPACE, "ip", "-o", "monitor", "address", "link", "route"];
    const spawnMonitor = () => spawn("ip", args, { stdio: ["ignore", "pipe", "ignore"] });
    const first = sign();
    const deps = { clock: SYSTEM_CLOCK, log: SILENT_LOG, spawnMonitor, snapshot: () => "" };
    const monitor = new NetworkMonitor({ ...deps, onChange: () => notify() });
    try {
      await first;
      // The child has been started, but may not be listening yet: change until it tells.
      const second = sign();
      let told = false;
      void second.then(() => (told = true));
      for (let address = 1; !told && address < 100; address++) {
        inNamespace("ip", "addr", "add", `198.51.100.${address}/24`, "dev", "v0");
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      await second;
      const third = sign();
      inNamespace("ip", "addr", "add", "203.0.113.9/24", "dev", "v0");
      await third;
    } finally {
      monitor.stop();
    }
  });
});
