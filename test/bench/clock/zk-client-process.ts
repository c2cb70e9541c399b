/** Reads a terminal's whole log once, with our driver or with node-zklib, and prints records and seconds as JSON: client, port. */
import { createRequire } from "node:module";
import { ZkDriver } from "../../../collector/clocks/drivers/zk-driver.ts";
import { ZkExchange } from "../../../collector/clocks/drivers/zk-exchange.ts";
import { tcpLine } from "../../../collector/clocks/line/tcp-line.ts";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";

const HOST = "127.0.0.1";
const OTHER_TIMEOUT_MS = 10_000;

interface OtherClient {
  createSocket(): Promise<void>;
  getAttendances(): Promise<{ data: { deviceUserId: string }[]; err?: Error | null }>;
  disconnect(): Promise<void>;
}

async function readWithOurs(port: number): Promise<{ users: string[] }> {
  const deps = { clock: SYSTEM_CLOCK, log: SILENT_LOG };
  const line = tcpLine({ host: HOST, port }, deps);
  const driver = new ZkDriver({ device: 1, commKey: 0 }, new ZkExchange({ ...deps, line }));
  await driver.open();
  const users: string[] = [];
  for await (const page of driver.downloadLog({ from: "oldest", expected: 0 })) {
    for (const { user } of page.records) users.push(user);
  }
  await driver.close();
  return { users };
}

async function readWithOther(port: number): Promise<{ users: string[]; error?: string }> {
  const Client = createRequire(import.meta.url)("node-zklib") as new (
    host: string,
    port: number,
    timeoutMs: number,
    localPort: number,
  ) => OtherClient;
  const client = new Client(HOST, port, OTHER_TIMEOUT_MS, 4000);
  await client.createSocket();
  const { data, err } = await client.getAttendances();
  const users = data.map(({ deviceUserId }) => deviceUserId);
  return { users, ...(err ? { error: err.message } : {}) };
}

const [client, port] = process.argv.slice(2);
const read = client === "ours" ? readWithOurs : readWithOther;
const startAt = performance.now();
const { users, ...rest } = await read(Number(port));
const seconds = (performance.now() - startAt) / 1_000;
process.stdout.write(`\n${JSON.stringify({ users, seconds, ...rest })}`, () => process.exit(0));
