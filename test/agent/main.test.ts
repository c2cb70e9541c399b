import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AgentOptions, type RunningAgent, runAgent } from "../../agent/main.ts";
import { AppError } from "../../protocol/errors.ts";
import { SILENT_LOG } from "../../protocol/log.ts";
import { RECORD_BODIES } from "../../protocol/messages/records.ts";
import { seededRandom } from "../../protocol/seeded-random.ts";
import { settle, VirtualClock } from "../support/virtual-clock.ts";
import { fakeOs, type Recording } from "./support/fake-os.ts";
import { type FakeSource, fakeSource } from "./support/fake-source.ts";

const ETH0 = (address: string) => `2: eth0    inet ${address}/24 brd 10.20.3.255 scope global eth0\\ \n`;

/** One wired adapter, one boot, no antivirus. */
function recording(): Recording & { commands: Record<string, string> } {
  return {
    commands: { "ip -o addr show": ETH0("10.20.3.41") },
    files: {
      "/sys/class/net/eth0/address": "52:54:00:12:34:56\n",
      "/sys/class/net/eth0/operstate": "up\n",
      "/sys/class/net/eth0/type": "1\n",
      "/etc/os-release": "ID=debian\nVERSION_ID=12\n",
      "/etc/machine-id": "3d1219c7c4c5404aaa1f6d2a48adfda4\n",
      "/proc/sys/kernel/random/boot_id": "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb\n",
      "/proc/stat": `btime ${Date.parse("2026-11-22T23:58:00.000Z") / 1000}\n`,
    },
    links: { "/sys/class/net/eth0": "../../devices/pci0000:00/net/eth0" },
    addresses: [],
  };
}

let home = "";
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "dianmao-agent-"));
});
afterEach(() => rm(home, { recursive: true }));

async function start(
  pc: Recording,
  options: Partial<AgentOptions> = {},
  epoch?: string,
  slow?: Promise<void>,
  isFull = () => false,
) {
  const clock = new VirtualClock();
  const fake = fakeOs(pc);
  const run: typeof fake.run = async (command, args) => {
    await slow;
    return fake.run(command, args);
  };
  const os = { ...fake, run, now: () => clock.now() };
  let source: FakeSource | undefined;
  const agent: RunningAgent = await runAgent(
    { home, ...options },
    {
      clock,
      random: seededRandom(3),
      log: SILENT_LOG,
      os,
      openSource: async (sourceOptions) => {
        const opened = fakeSource(sourceOptions, epoch);
        const append: FakeSource["append"] = async (record) => {
          if (isFull()) throw new AppError("journal-full", "no room");
          return opened.append(record);
        };
        source = { ...opened, append };
        return source;
      },
      spawnMonitor: undefined,
    },
  );
  if (!slow) await agent.started;
  await settle();
  return { clock, agent, source: source as FakeSource };
}

const kindsOf = (source: FakeSource) =>
  source.records.map(({ kind, body }) => {
    if (kind === "posture") return `posture ${body.reason}`;
    return kind === "power" ? `power ${body.event}` : kind;
  });

describe("an agent", () => {
  it("tells boot and posture at a start, valid by the contract", async () => {
    const { agent, source } = await start(recording());
    expect(kindsOf(source).sort()).toEqual(["posture start", "power boot"]);
    for (const record of source.records) expect(RECORD_BODIES[record.kind].parse(record.body)).toEqual(record.body);
    expect(source.options).toMatchObject({
      kind: "agent",
      hostname: "pc-01",
      fingerprint: [expect.stringMatching(/^[0-9a-f]{16}$/)],
    });
    await agent.stop("service-stop");
  });

  it("tells nothing twice after a restart, but everything to a new journal", async () => {
    const first = await start(recording());
    await first.agent.stop("service-stop");
    const second = await start(recording());
    expect(kindsOf(second.source)).toEqual(["posture start"]);
    const [posture] = second.source.records;
    expect(posture?.kind === "posture" && posture.body.network.content).toBeUndefined();
    await second.agent.stop("service-stop");
    const cloned = await start(recording(), {}, "00000000000000bb");
    expect(kindsOf(cloned.source).sort()).toEqual(["posture start", "power boot"]);
    const whole = cloned.source.records.find(({ kind }) => kind === "posture");
    expect(whole?.kind === "posture" && whole.body.network.content).toBeDefined();
    await cloned.agent.stop("service-stop");
  });

  it("tells an address that was changed while no agent ran, once it has held", async () => {
    const first = await start(recording());
    const { clock } = first;
    await clock.advance(15_000);
    const pc = recording();
    await first.agent.stop("service-stop");
    pc.commands["ip -o addr show"] = ETH0("10.20.3.99");
    const second = await start(pc);
    await second.clock.advance(11_000);
    expect(kindsOf(second.source)).not.toContain("ip-change");
    await second.clock.advance(2_000);
    expect(second.source.records.find(({ kind }) => kind === "ip-change")).toMatchObject({
      body: { adapter: "eth0", from: [{ address: "10.20.3.41" }], to: [{ address: "10.20.3.99" }], heldSeconds: 12 },
    });
    await second.agent.stop("service-stop");
  });

  it("that starts with a full disk still tells an address that changes afterwards", async () => {
    let full = true;
    const pc = recording();
    const { agent, clock, source } = await start(pc, {}, undefined, undefined, () => full);
    expect(source.records).toEqual([]);
    full = false;
    pc.commands["ip -o addr show"] = ETH0("10.20.3.99");
    pc.addresses = [{ adapter: "eth0", address: "10.20.3.99", prefix: 24, mac: "52:54:00:12:34:56", internal: false }];
    await clock.advance(60_000);
    expect(kindsOf(source)).toEqual(["power boot", "ip-change", "posture change"]);
    await agent.stop("service-stop");
  });

  it("sends everything whole when the centre asks or has gone back in time", async () => {
    const { agent, source } = await start(recording());
    source.replay();
    await settle();
    source.down({ v: 1, type: "command", id: "c1", command: "collect-now", expiresAt: "2026-11-24T00:00:00.000Z" });
    await expect.poll(() => kindsOf(source).filter((kind) => kind === "posture command").length).toBe(2);
    const last = source.records.at(-1);
    expect(last?.kind === "posture" && last.body.identity.content).toBeDefined();
    await agent.stop("service-stop");
  });

  it("takes the broker connection's address as primary, loopback not", async () => {
    const { agent, source } = await start(recording());
    source.address("127.0.0.1");
    await settle();
    expect(kindsOf(source)).not.toContain("posture change");
    source.address("10.20.3.41");
    await expect.poll(() => kindsOf(source)).toContain("posture change");
    expect(source.records.at(-1)).toMatchObject({
      body: { network: { content: { primary: { value: "10.20.3.41", source: "broker connection" } } } },
    });
    await agent.stop("service-stop");
  });

  it("keeps acknowledged records as long as the centre's settings say, from the next start on", async () => {
    const first = await start(recording());
    first.source.down({ v: 1, type: "settings", revision: 1, settings: { journalDays: 14 } });
    await settle();
    await first.agent.stop("service-stop");
    const second = await start(recording());
    expect(second.source.options.journal).toEqual({ replayMs: 14 * 24 * 3_600_000 });
    await second.agent.stop("service-stop");
  });

  it("can be stopped in the middle of its first looks", async () => {
    const pc = recording();
    let finishLook = () => {};
    const slow = new Promise<void>((resolve) => (finishLook = resolve));
    const { agent, clock, source } = await start(pc, {}, undefined, slow);
    await agent.stop("service-stop");
    finishLook();
    await agent.started;
    await settle();
    expect(clock.pendingTimers).toBe(0);
    expect(source.calls).toEqual(["flush", "stop service-stop"]);
  });

  it("flushes, says why it stops, and leaves nothing running", async () => {
    const { agent, clock, source } = await start(recording());
    await Promise.all([agent.stop("os-shutdown"), agent.stop("service-stop")]);
    expect(source.calls).toEqual(["flush", "stop os-shutdown"]);
    expect(clock.pendingTimers).toBe(0);
    source.down({ v: 1, type: "command", id: "c2", command: "collect-now", expiresAt: "2026-11-24T00:00:00.000Z" });
    await settle();
    expect(JSON.parse(await readFile(join(home, "agent", "agent-state.json"), "utf8"))).toMatchObject({ commands: [] });
  });
});
