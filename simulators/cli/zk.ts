/** `dianmao simulate zk`: one ZKTeco terminal on a TCP port, with people who punch. */
import { Command } from "commander";
import { seededRandom } from "../../protocol/seeded-random.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { startCrowd } from "../clock/crowd.ts";
import { type FaultProfile, streamSeed } from "../faults/profile.ts";
import type { EntrySize, UserSize } from "../zk/records.ts";
import { RATE_DEFAULT, TerminalServer } from "../zk/server.ts";
import { MODELS } from "../zk/standard-behaviour.ts";
import { type PunchResult, ZkTerminal } from "../zk/terminal.ts";
import { decimal, faultsOption, integer, oneOf, SEED_MAX } from "./options.ts";
import { createSpeaker, runAction, untilStopped } from "./run.ts";

const CROWD_STREAM = 202;
const FIRST_USER = 1_001;
const PACKET_GAP_MS = 1;

interface ZkFlags {
  host: string;
  port: number;
  serial: string;
  commKey: number;
  entrySize: string;
  userSize: string;
  model: string;
  seed: number;
  faults: FaultProfile;
  driftPpm: number;
  errorMs: number;
  users: number;
  records: number;
  punchEvery: number;
  rate: number;
  json: boolean;
}

export function zkCommand(): Command {
  return new Command("zk")
    .description("one ZKTeco terminal on a TCP port")
    .option("--host <address>", "where it listens", "127.0.0.1")
    .option("--port <n>", "TCP port, 0 for any that is free", integer(0, 65_535), 4370)
    .option("--serial <text>", "serial number", "SIMZK00000001")
    .option("--comm-key <n>", "communication key, 0 for none", integer(0, 999_999), 0)
    .option("--entry-size <n>", "layout of log entries: 8, 16 or 40", oneOf(["8", "16", "40"]), "40")
    .option("--user-size <n>", "layout of its table of users: 28 or 72", oneOf(["28", "72"]), "72")
    .option("--model <name>", `behaviour: ${Object.keys(MODELS).join(", ")}`, oneOf(Object.keys(MODELS)), "standard")
    .option("--seed <n>", "seed of punches and faults", integer(0, SEED_MAX), 1)
    .addOption(faultsOption())
    .option("--drift-ppm <n>", "how fast its time runs away (100 = 8.6 s a day)", decimal(-100_000, 100_000), 20)
    .option("--error-ms <n>", "by how much its time is ahead at the start", decimal(-1e12, 1e12), 0)
    .option("--users <n>", "people enrolled on it", integer(1, 3_000), 50)
    .option("--records <n>", "punches already in its memory", integer(0, 200_000), 0)
    .option("--punch-every <s>", "mean seconds between punches, 0 for none", decimal(0, 86_400), 5)
    .option("--rate <n>", "bytes a second that it sends", integer(1_000, 100_000_000), RATE_DEFAULT)
    .option("--json", "one JSON object a line", false)
    .addHelpText(
      "after",
      `
Example: a terminal with a full log, read by a collector on the same machine
  dianmao simulate zk --records 75000 --punch-every 2
  dianmao clock add --family zk --host 127.0.0.1`,
    )
    .action((flags: ZkFlags) => runAction(() => simulateZk(flags)));
}

async function simulateZk(flags: ZkFlags): Promise<void> {
  const speaker = createSpeaker(flags.json);
  const terminal = terminalOf(flags);
  const { host, port, seed, faults, rate: bytesPerSecond } = flags;
  const options = { host, port, seed, faults, bytesPerSecond, packetGapMs: PACKET_GAP_MS };
  const server = await TerminalServer.open(terminal, options, { clock: SYSTEM_CLOCK });
  const { serial } = flags;
  speaker.say({ event: "port", host, port: server.port, serial }, `terminal ${serial} at ${host}:${server.port}`);
  if (!flags.json) console.log(`read it with: dianmao clock add --family zk --host ${host} --tcp-port ${server.port}`);
  server.onMishap = (mishap, phase) => speaker.say({ event: "mishap", mishap, phase }, `${mishap} ${phase}`);
  const stopCrowd = startPunching(terminal, flags, (result, user) => {
    if (result.made) {
      const { deviceTime, type } = result.entry;
      speaker.say({ event: "punch", ...result.entry }, `${deviceTime} user ${user} punched, type ${type}`);
    } else speaker.say({ event: "refused", user, why: result.why }, `user ${user} could not punch: ${result.why}`);
  });
  await untilStopped();
  stopCrowd();
  await server.close();
  const made = terminal.ledger.entries.length;
  const report = server.report();
  speaker.say({ event: "end", made, ...report }, `${made} punches made, ${report.toReaderBytes} bytes sent`);
}

function terminalOf(flags: ZkFlags): ZkTerminal {
  const users = Array.from({ length: flags.users }, (_, index) => FIRST_USER + index);
  const { serial, commKey, driftPpm, errorMs } = flags;
  const layout = { entrySize: Number(flags.entrySize) as EntrySize, userBytes: Number(flags.userSize) as UserSize };
  const terminal = new ZkTerminal({ serial, users, commKey, driftPpm, errorMs, ...layout }, { clock: SYSTEM_CLOCK });
  for (const behaviour of MODELS[flags.model] ?? []) terminal.define(behaviour);
  terminal.rememberPast(flags.records);
  return terminal;
}

function startPunching(
  terminal: ZkTerminal,
  { punchEvery, seed }: ZkFlags,
  onPunch: (result: PunchResult, user: number) => void,
): () => void {
  if (punchEvery === 0) return () => {};
  const random = seededRandom(streamSeed(seed, CROWD_STREAM));
  return startCrowd(terminal, { everyMs: punchEvery * 1_000, onPunch }, { clock: SYSTEM_CLOCK, random });
}
