/** Clients that misbehave, and what another one notices of it. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { addressOf, formatTopic } from "../../../protocol/messages/topics.ts";
import type { Member } from "../intake/fleet.ts";
import { SITE } from "../intake/load-client.ts";
import type { CulpritOrder } from "./culprit-process.ts";
import { MeasuredServer } from "./server.ts";
import type { ServerOrder } from "./server-process.ts";
import { type Credentials, type RoundTrips, Witness } from "./witness.ts";

const QUIET_MS = 5000;
const ACK_BYTES = 60_000;
/** Far more than any buffer between broker and client holds. */
const ACKS = 20_000;
const HUGE_TIMES = 50;
const CUT_OFF_MS_MAX = 30_000;

export interface Mischief {
  roundTrips: Record<string, RoundTrips & { "p99 ratio": number }>;
  /** What became of the culprits. */
  told: string;
}

export async function measureMischief(order: ServerOrder, members: Member[], key: string): Promise<Mischief> {
  const server = await MeasuredServer.start(order);
  const [good, deaf, huge] = members.map(
    (member): Credentials => ({ ...member, port: server.port, ca: order.ca, key }),
  );
  if (!good || !deaf || !huge) throw new Error("three sources are needed");
  try {
    const witness = await Witness.open(good);
    const quiet = await witness.watch(pause(QUIET_MS));
    const before = await server.figures();
    const withDeaf = await witness.watch(stopReading(server, deaf));
    const between = await server.figures();
    const withHuge = await witness.watch(sendHuge(huge));
    const after = await server.figures();
    witness.close();
    const row = (trips: RoundTrips) => ({ ...trips, "p99 ratio": Number((trips.p99Ms / quiet.p99Ms).toFixed(2)) });
    return {
      roundTrips: {
        "nobody misbehaves": row(quiet),
        "a subscriber stops reading": row(withDeaf),
        [`${HUGE_TIMES} packets of 40 MB before CONNECT`]: row(withHuge),
      },
      told:
        `cut off for not reading: ${after.stats.cut_off_slow ?? 0}, for its size: ${after.stats.refused_packet_too_large ?? 0}; ` +
        `memory of the broker rose by ${mebibytes(between.rssBytes - before.rssBytes)} and ${mebibytes(after.rssBytes - between.rssBytes)} MiB`,
    };
  } finally {
    await server.kill9();
  }
}

/** Resolves once the broker has cut off the subscriber that stopped reading. */
async function stopReading(server: MeasuredServer, credentials: Credentials): Promise<void> {
  const culprit = await startCulprit({ what: "stop-reading", credentials, times: 1 });
  await once(culprit, "message");
  server.floodAcks(formatTopic(addressOf(SITE, credentials.source), "ack"), ACK_BYTES, ACKS);
  const began = performance.now();
  while (((await server.stats()).cut_off_slow ?? 0) === 0) {
    if (performance.now() - began > CUT_OFF_MS_MAX)
      throw new Error("nobody cut off the subscriber that stopped reading");
    await pause(100);
  }
  await stop(culprit);
}

async function sendHuge(credentials: Credentials): Promise<void> {
  const culprit = await startCulprit({ what: "send-huge", credentials, times: HUGE_TIMES });
  await once(culprit, "message");
  await stop(culprit);
}

async function startCulprit(order: CulpritOrder): Promise<ChildProcess> {
  const file = fileURLToPath(new URL("./culprit-process.ts", import.meta.url));
  const child = fork(file, { execArgv: ["--import", "tsx"] });
  child.send(order);
  return child;
}

async function stop(child: ChildProcess): Promise<void> {
  child.disconnect();
  await once(child, "exit");
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
