/** The same simulated terminal's log read by our driver and by node-zklib, each in a process of its own, one after the other. */
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import { parseFaults } from "../../../simulators/faults/profile.ts";
import { RATE_DEFAULT, TerminalServer } from "../../../simulators/zk/server.ts";
import { ZkTerminal } from "../../../simulators/zk/terminal.ts";

const USERS = Array.from({ length: 200 }, (_, index) => 1_001 + index);
/** node-zklib takes one packet of each read: without a pause between packets it loses what comes with another. */
const PACKET_GAP_MS = 2;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const CLIENT_MS_MAX = 180_000;

export interface ZkFigures {
  client: string;
  /** Records that are, in order, those of the terminal's ledger. */
  records: number;
  ofRecords: number;
  seconds: number;
  /** What the terminal's sending rate alone makes necessary. */
  lineSeconds: number;
  /** lineSeconds / seconds. */
  share: number;
  error?: string;
}

export async function measureZk(records: number, bytesPerSecond = RATE_DEFAULT): Promise<ZkFigures[]> {
  const terminal = new ZkTerminal({ users: USERS }, { clock: SYSTEM_CLOCK });
  terminal.rememberPast(records);
  const options = { host: "127.0.0.1", port: 0, seed: 1, faults: parseFaults("none"), bytesPerSecond };
  const server = await TerminalServer.open(
    terminal,
    { ...options, packetGapMs: PACKET_GAP_MS },
    { clock: SYSTEM_CLOCK },
  );
  try {
    const figures: ZkFigures[] = [];
    for (const client of ["ours", "node-zklib"]) {
      const before = server.report().toReaderBytes;
      const { users, seconds, error } = await runClient(client, server.port);
      const lineSeconds = (server.report().toReaderBytes - before) / bytesPerSecond;
      const right = terminal.ledger.entries.findIndex((entry, index) => entry.user !== users[index]);
      figures.push({
        client,
        records: right === -1 ? users.length : right,
        ofRecords: records,
        seconds,
        lineSeconds,
        share: lineSeconds / seconds,
        ...(error ? { error } : {}),
      });
    }
    return figures;
  } finally {
    await server.close();
  }
}

async function runClient(client: string, port: number): Promise<{ users: string[]; seconds: number; error?: string }> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve("tsx")).href;
  const script = fileURLToPath(new URL("./zk-client-process.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", tsx, script, client, String(port)], {
    maxBuffer: OUTPUT_BYTES_MAX,
    timeout: CLIENT_MS_MAX,
  });
  // node-zklib prints lines of its own.
  return JSON.parse(stdout.slice(stdout.lastIndexOf("\n") + 1)) as { users: string[]; seconds: number; error?: string };
}
