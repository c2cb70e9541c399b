import { createRequire } from "node:module";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import { parseFaults } from "../../../simulators/faults/profile.ts";
import { RATE_DEFAULT, TerminalServer } from "../../../simulators/zk/server.ts";
import { ZkTerminal } from "../../../simulators/zk/terminal.ts";

interface OtherClient {
  createSocket(): Promise<void>;
  getInfo(): Promise<object>;
  getUsers(): Promise<{ data: { uid: number; userId: string }[] }>;
  getAttendances(): Promise<{ data: { deviceUserId: string; recordTime: Date }[]; err?: unknown }>;
  disconnect(): Promise<void>;
}

const Client = createRequire(import.meta.url)("node-zklib") as new (
  host: string,
  port: number,
  timeoutMs: number,
  localPort: number,
) => OtherClient;

/** It takes one packet of each read: packets have to come apart. */
const PACKET_GAP_MS = 20;
const HOST = "127.0.0.1";

describe("a simulated ZK terminal, to a client that is not ours", () => {
  let terminal: ZkTerminal;
  let server: TerminalServer;
  let client: OtherClient;

  beforeEach(async () => {
    terminal = new ZkTerminal({ users: [1_001, 1_002, 1_003] }, { clock: SYSTEM_CLOCK });
    terminal.rememberPast(200);
    const options = { host: HOST, port: 0, seed: 1, faults: parseFaults("none"), bytesPerSecond: RATE_DEFAULT };
    server = await TerminalServer.open(terminal, { ...options, packetGapMs: PACKET_GAP_MS }, { clock: SYSTEM_CLOCK });
    client = new Client(HOST, server.port, 5_000, 4_000);
    await client.createSocket();
  });

  afterEach(async () => {
    await client.disconnect();
    await server.close();
  });

  it("is a terminal with users and a log", async () => {
    expect(await client.getInfo()).toEqual({ userCounts: 3, logCounts: 200, logCapacity: 100_000 });
    const { data, err } = await client.getAttendances();
    expect(err ?? null).toBeNull();
    expect(data.map(({ deviceUserId }) => deviceUserId)).toEqual(terminal.ledger.entries.map(({ user }) => user));
    // The other client takes the terminal's local time for that of its own machine.
    const [first] = data;
    expect(first?.recordTime.getTime()).toBe(new Date(terminal.ledger.entries[0]?.deviceTime ?? "").getTime());
  });
});
