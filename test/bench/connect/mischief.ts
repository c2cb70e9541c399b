/** Clients that misbehave, and what another one notices of it. */
import { addressOf, formatTopic } from "../../../protocol/messages/topics.ts";
import type { Member } from "../intake/fleet.ts";
import { SITE } from "../intake/load-client.ts";
import { encodeConnect, encodeSubscribe } from "../intake/mqtt-wire.ts";
import { MeasuredServer } from "./server.ts";
import type { ServerOrder } from "./server-process.ts";
import { type Credentials, openTls, type RoundTrips, Witness } from "./witness.ts";

const QUIET_MS = 3000;
const ACK_BYTES = 60_000;
/** Far more than any buffer between broker and client holds. */
const ACKS = 20_000;
const HUGE_BYTES = 40_000_000;
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

/** Subscribes to its acknowledgements and never reads; resolves once the broker cut it off. */
async function stopReading(server: MeasuredServer, credentials: Credentials): Promise<void> {
  const socket = await openTls(credentials);
  const topic = formatTopic(addressOf(SITE, credentials.source), "ack");
  socket.write(Buffer.concat([encodeConnect(credentials.source, 300), encodeSubscribe(1, topic)]));
  await pause(100);
  socket.pause();
  socket.on("error", () => {});
  server.floodAcks(topic, ACK_BYTES, ACKS);
  const began = performance.now();
  while (((await server.figures()).stats.cut_off_slow ?? 0) === 0) {
    if (performance.now() - began > CUT_OFF_MS_MAX)
      throw new Error("the subscriber that stopped reading was not cut off");
    await pause(100);
  }
  socket.destroy();
}

async function sendHuge(credentials: Credentials): Promise<void> {
  for (let n = 0; n < HUGE_TIMES; n++) await sendHugeOnce(credentials);
}

async function sendHugeOnce(credentials: Credentials): Promise<void> {
  const socket = await openTls(credentials);
  socket.on("error", () => {});
  const gone = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  socket.resume();
  socket.write(Buffer.from([0x10, 0x80, 0xda, 0xc4, 0x13]));
  socket.write(Buffer.alloc(HUGE_BYTES));
  await gone;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function mebibytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1);
}
