/**
 * `npm run bench -- connect [--connections 10000] [--retry 5000] [--json]`: what many idle connections with client certificates
 * cost the embedded broker, how soon all are back after it was killed, and whether those that misbehave hurt anybody else.
 * The baseline in the same run is a bare node:tls server that accepts the same connections.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openAuthority } from "../../collector/broker/pki/authority.ts";
import { openServerCertificate, serverNames } from "../../collector/broker/pki/server-certificate.ts";
import { openTicketKeys } from "../../collector/broker/pki/ticket-keys.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { type Mischief, measureMischief } from "./connect/mischief.ts";
import { MeasuredServer } from "./connect/server.ts";
import type { ServerFigures, ServerOrder } from "./connect/server-process.ts";
import { Swarm } from "./connect/swarm.ts";
import { enrolFleet, type Member } from "./intake/fleet.ts";

/** Sockets of the server's own and room for the measurement. */
const SPARE_FILES = 500;
const COME_BACK_MS_MAX = 180_000;
const SETTLE_MS = 2000;
const GOAL_MS = 60_000;

export interface ConnectFigures {
  connections: number;
  broker: Phase;
  bare: Phase;
  /** Of memory a connection, and of the time until all are back. */
  memoryRatio: number;
  backRatio: number;
  mischief: Mischief;
}

interface Phase {
  /** Until all were connected at first, with whole handshakes. */
  firstMs: number;
  /** After SIGKILL and restart. */
  backMs: number;
  /** Of those that came back, how many by resuming their TLS session. */
  resumed: number;
  bytesPerConnection: number;
}

export async function run(args: string[]): Promise<void> {
  const text = { type: "string" } as const;
  const { values } = parseArgs({ args, options: { connections: text, retry: text, json: { type: "boolean" } } });
  const connections = Math.min(Number(values.connections ?? 10_000), filesMax() - SPARE_FILES);
  const figures = await measureConnect(connections, Number(values.retry ?? 5000));
  if (values.json) console.log(JSON.stringify(figures));
  else print(figures);
}

export async function measureConnect(connections: number, retryMsMax: number): Promise<ConnectFigures> {
  const folder = mkdtempSync(join(tmpdir(), "dianmao-connect-"));
  try {
    const authority = await openAuthority({ folder, name: "Dianmao bench", clock: SYSTEM_CLOCK });
    const certificate = await openServerCertificate(folder, authority, serverNames(), SYSTEM_CLOCK);
    const ticketKeys = (await openTicketKeys(folder, SYSTEM_CLOCK)).toString("base64");
    const { members, keyPem: key } = await enrolFleet(authority, connections + 3);
    const order = { port: 0, ca: authority.caPem, ...certificate, ticketKeys, connectionsMax: connections + 100 };
    const idle = members.slice(3);
    const bare = await measurePhase({ ...order, kind: "bare" }, idle, key, retryMsMax);
    const broker = await measurePhase({ ...order, kind: "broker" }, idle, key, retryMsMax);
    const mischief = await measureMischief({ ...order, kind: "broker" }, members.slice(0, 3), key);
    return {
      connections,
      broker,
      bare,
      memoryRatio: broker.bytesPerConnection / bare.bytesPerConnection,
      backRatio: broker.backMs / bare.backMs,
      mischief,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measurePhase(order: ServerOrder, members: Member[], key: string, retryMsMax: number): Promise<Phase> {
  let server = await MeasuredServer.start(order);
  const { port } = server;
  const empty = await server.figures();
  const isMqtt = order.kind === "broker";
  const swarm = new Swarm({ host: "127.0.0.1", port, ca: order.ca, key, members, isMqtt, retryMsMax });
  const all = () => swarm.connected === members.length;
  try {
    const firstMs = await swarm.until(all, COME_BACK_MS_MAX);
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    // Asked twice: what the first collection of garbage frees, the second no longer counts.
    await server.figures();
    const full = await server.figures();
    const before = swarm.resumed;
    await server.kill9();
    swarm.restartWatch();
    await swarm.until(() => swarm.connected === 0, COME_BACK_MS_MAX);
    server = await MeasuredServer.start({ ...order, port });
    const backMs = await swarm.until(all, COME_BACK_MS_MAX);
    const resumed = swarm.resumed - before;
    return { firstMs, backMs, resumed, bytesPerConnection: (memoryOf(full) - memoryOf(empty)) / members.length };
  } finally {
    await swarm.stop();
    await server.kill9();
  }
}

function memoryOf({ rssBytes }: ServerFigures): number {
  return rssBytes;
}

/** Open files that one process may have. */
function filesMax(): number {
  const limit = execFileSync("sh", ["-c", "ulimit -n"], { encoding: "utf8" }).trim();
  return limit === "unlimited" ? Number.MAX_SAFE_INTEGER : Number(limit);
}

function print({ connections, broker, bare, memoryRatio, backRatio, mischief }: ConnectFigures): void {
  const row = ({ firstMs, backMs, resumed, bytesPerConnection }: Phase) => ({
    "all in, s": seconds(firstMs),
    "all back after kill -9, s": seconds(backMs),
    "sessions resumed": resumed,
    "KiB a connection": Number((bytesPerConnection / 1024).toFixed(1)),
  });
  console.log(`${connections} TLS connections with client certificates; goal: all back within ${GOAL_MS / 1000} s`);
  console.table({
    "embedded broker": row(broker),
    "bare node:tls": row(bare),
    ratio: {
      "all back after kill -9, s": Number(backRatio.toFixed(2)),
      "KiB a connection": Number(memoryRatio.toFixed(2)),
    },
  });
  console.log("Round trips of another client, PUBLISH to PUBACK, ms:");
  console.table(mischief.roundTrips);
  console.log(mischief.told);
}

function seconds(ms: number): number {
  return Number((ms / 1000).toFixed(1));
}
