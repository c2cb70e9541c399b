/**
 * Seeded bytes thrown at splitters and drivers of EF01 and ZK: no crash, no hang, no unbounded memory, no invented punch. One input
 * is one run of bytes as a read gives it; a failing one is named by its seed.
 */
import { EF01_FORMAT, encodePacket as encodeEf01, PACKET_BYTES_MAX } from "../../protocol/clock/ef01/packet.ts";
import { type FrameFormat, StreamSplitter } from "../../protocol/clock/stream-splitter.ts";
import { encodePacket as encodeZk, ZK_FORMAT } from "../../protocol/clock/zk/packet.ts";
import { seededRandom } from "../../protocol/seeded-random.ts";
import type { Random } from "../../protocol/time.ts";
import { bytesFrom, damage } from "./fuzz/bytes.ts";
import { fuzzModule } from "./fuzz/module.ts";
import { fuzzTerminal } from "./fuzz/terminal.ts";

/** So many inputs go to one splitter, or one driver, before a new one begins. */
const RUN_INPUTS = 200;
/** Memory may grow by this in a whole run. */
const GROWTH_BYTES_MAX = 256 * 1024 * 1024;

export interface FuzzOptions {
  inputs: number;
  seed: number;
  onProgress?: (inputs: number) => void;
}

export interface FuzzOutcome {
  inputs: number;
  /** Frames that the splitters found, and bytes that they threw away: each byte is one or the other. */
  frames: number;
  discardedBytes: number;
  /** Punches that drivers handed over, all of them really made. */
  punches: number;
  /** What went wrong, with the seed that does it again. */
  failures: string[];
}

type Target = (seed: number, inputs: number) => Promise<Partial<FuzzOutcome>>;

const TARGETS: Record<string, Target> = {
  "ef01 splitter": async (seed, inputs) => fuzzSplitter(EF01_FORMAT, ef01Packet, seed, inputs),
  "zk splitter": async (seed, inputs) => fuzzSplitter(ZK_FORMAT, zkPacket, seed, inputs),
  "zk driver": fuzzTerminal,
  "ef01 reader": fuzzModule,
};

export async function run({ inputs, seed, onProgress }: FuzzOptions): Promise<FuzzOutcome> {
  const outcome: FuzzOutcome = { inputs: 0, frames: 0, discardedBytes: 0, punches: 0, failures: [] };
  const before = process.memoryUsage().heapUsed;
  for (let runSeed = seed; outcome.inputs < inputs; runSeed++) {
    for (const [name, target] of Object.entries(TARGETS)) {
      const part = await target(runSeed, RUN_INPUTS).catch((error: unknown) => ({ failures: [String(error)] }));
      add(outcome, part, `${name}, seed ${runSeed}`);
    }
    onProgress?.(outcome.inputs);
  }
  const growth = process.memoryUsage().heapUsed - before;
  if (growth > GROWTH_BYTES_MAX) outcome.failures.push(`memory grew by ${growth} bytes`);
  return outcome;
}

function add(outcome: FuzzOutcome, part: Partial<FuzzOutcome>, where: string): void {
  outcome.inputs += RUN_INPUTS;
  outcome.frames += part.frames ?? 0;
  outcome.discardedBytes += part.discardedBytes ?? 0;
  outcome.punches += part.punches ?? 0;
  for (const failure of part.failures ?? []) outcome.failures.push(`${where}: ${failure}`);
}

/** Each byte comes out again, in a frame or as discarded; never more is held than one frame. */
function fuzzSplitter<Frame>(
  format: FrameFormat<Frame>,
  packet: (random: Random) => Uint8Array,
  seed: number,
  inputs: number,
): Partial<FuzzOutcome> {
  const random = seededRandom(seed);
  const splitter = new StreamSplitter(format);
  const counts = { given: 0, frames: 0, framed: 0, discardedBytes: 0 };
  const failures: string[] = [];
  const take = (items: ReturnType<typeof splitter.push>) => {
    for (const item of items) {
      if (item.type === "frame") {
        counts.frames += 1;
        counts.framed += item.lengthBytes;
      } else counts.discardedBytes += item.lengthBytes;
    }
  };
  for (let input = 0; input < inputs; input++) {
    const bytes = random() < 0.4 ? bytesFrom(random) : damage(packet(random), random);
    counts.given += bytes.length;
    take(splitter.push(bytes));
    if (splitter.pendingBytes > format.frameBytesMax) failures.push(`${splitter.pendingBytes} bytes are held`);
    if (random() < 0.05) take(splitter.flush());
  }
  take(splitter.flush());
  if (counts.framed + counts.discardedBytes !== counts.given) failures.push("bytes were lost, or made up");
  return { frames: counts.frames, discardedBytes: counts.discardedBytes, failures };
}

function ef01Packet(random: Random): Uint8Array {
  const types = ["command", "data", "acknowledgement", "lastData"] as const;
  const type = types[Math.floor(random() * types.length)] ?? "command";
  const content = bytesFrom(random, PACKET_BYTES_MAX - 11);
  return encodeEf01({ address: random() < 0.8 ? 0xffffffff : Math.floor(random() * 2 ** 32), type, content });
}

function zkPacket(random: Random): Uint8Array {
  const u16 = () => Math.floor(random() * 0x10000);
  return encodeZk({ command: u16(), session: u16(), reply: u16(), data: bytesFrom(random, 600) });
}
