/** Reads a whole table of a ZK terminal, in pieces when it is large. What is not whole is never handed over as if it were. */
import {
  COMMANDS,
  decodePrepared,
  encodeReadPiece,
  encodeReadTable,
  REPLIES,
  type TABLES,
} from "../../../protocol/clock/zk/commands.ts";
import type { ZkPacket } from "../../../protocol/clock/zk/packet.ts";
import { AppError, isAppError } from "../../../protocol/errors.ts";
import type { Reply, ZkExchange } from "./zk-exchange.ts";

/** Below 64 KiB with all headers; the size that other clients ask for too. */
export const PIECE_BYTES_MAX = 0xffc0;
const PIECE_TRIES_MAX = 3;
/** 200,000 entries of 40 bytes, the largest log on the market, twice. */
const TABLE_BYTES_MAX = 16 * 1024 * 1024;
/** Every table begins with its own size. */
const SIZE_BYTES = 4;

export interface Piece {
  bytes: Uint8Array;
  receivedAt: number;
}

export interface Table {
  /** Without the size before it. */
  lengthBytes: number;
  /** All of `lengthBytes`, or an AppError: `clock-bad-answer`, `clock-refused`, `clock-silent`, `line-lost`. */
  pieces(pause?: () => Promise<void>): AsyncGenerator<Piece>;
}

export async function openTable(exchange: ZkExchange, table: keyof typeof TABLES): Promise<Table> {
  const reply = await exchange.ask({
    command: COMMANDS.readTable,
    data: encodeReadTable(table),
    wantsMore: announcesData,
  });
  const small = dataOf(reply.packets);
  if (small)
    return tableOf(small.length, async function* () {
      yield { bytes: small, receivedAt: reply.receivedAt };
    });
  const size = preparedBytes(reply.packets.at(-1));
  return tableOf(size, (pause) => readPieces(exchange, size, pause));
}

type PieceSource = (pause?: () => Promise<void>) => AsyncGenerator<Piece>;

function tableOf(sizeBytes: number, source: PieceSource): Table {
  // A terminal without any entry may send nothing at all.
  const lengthBytes = Math.max(0, sizeBytes - SIZE_BYTES);
  return { lengthBytes, pieces: (pause) => withoutSize(source(pause), lengthBytes) };
}

async function* withoutSize(pieces: AsyncGenerator<Piece>, lengthBytes: number): AsyncGenerator<Piece> {
  let isFirst = true;
  for await (const { bytes, receivedAt } of pieces) {
    if (isFirst && lengthBytes > 0) assertSize(bytes, lengthBytes);
    yield { bytes: isFirst ? bytes.subarray(SIZE_BYTES) : bytes, receivedAt };
    isFirst = false;
  }
}

function assertSize(first: Uint8Array, lengthBytes: number): void {
  const stated = new DataView(first.buffer, first.byteOffset, first.length).getUint32(0, true);
  if (stated !== lengthBytes) throw badAnswer(`a table of ${lengthBytes} bytes says that it has ${stated}`);
}

async function* readPieces(
  exchange: ZkExchange,
  sizeBytes: number,
  pause?: () => Promise<void>,
): AsyncGenerator<Piece> {
  for (let start = 0; start < sizeBytes; start += PIECE_BYTES_MAX) {
    if (start > 0) await pause?.();
    yield await readPiece(exchange, start, Math.min(PIECE_BYTES_MAX, sizeBytes - start));
  }
}

/** A piece may be asked for again: the table stands still until it is freed. */
async function readPiece(exchange: ZkExchange, start: number, lengthBytes: number): Promise<Piece> {
  for (let tries = 1; ; tries++) {
    try {
      return await askPiece(exchange, start, lengthBytes);
    } catch (error) {
      const again = isAppError(error, "clock-silent") || isAppError(error, "clock-bad-answer");
      if (!again || tries >= PIECE_TRIES_MAX) throw error;
    }
  }
}

async function askPiece(exchange: ZkExchange, start: number, lengthBytes: number): Promise<Piece> {
  const data = encodeReadPiece(start, lengthBytes);
  let received = 0;
  const reply = await exchange.ask({
    command: COMMANDS.readPiece,
    data,
    wantsMore(packet) {
      if (packet.command === REPLIES.ok || packet.command === REPLIES.error) return false;
      if (packet.command === COMMANDS.data) received += packet.data.length;
      // More than was asked for: no end is to be expected of it.
      return received <= lengthBytes;
    },
  });
  const bytes = dataOf(reply.packets) ?? new Uint8Array();
  const last = reply.packets.at(-1);
  if (last?.command === REPLIES.ok && bytes.length === lengthBytes) return { bytes, receivedAt: reply.receivedAt };
  throw badAnswer(`${bytes.length} of ${lengthBytes} bytes came of the table at ${start}`);
}

/** Some firmware announces a small table (1500) and sends it at once; data in one packet is the whole of it. */
function announcesData({ command, data }: ZkPacket): boolean {
  return command === COMMANDS.prepareData && data.length < 5;
}

function dataOf(packets: Reply["packets"]): Uint8Array | undefined {
  const data = packets.filter(({ command }) => command === COMMANDS.data).map((packet) => packet.data);
  return data.length === 0 ? undefined : Buffer.concat(data);
}

function preparedBytes(packet: ZkPacket | undefined): number {
  if (packet?.command === REPLIES.error) throw new AppError("clock-refused", "the table was refused");
  const size = packet && decodePrepared(packet.data);
  // An empty table is an acknowledgement without a size.
  if (packet?.command === REPLIES.ok && packet.data.length === 0) return 0;
  if (size === undefined || size > TABLE_BYTES_MAX) throw badAnswer(`no table, but ${packet?.command}`);
  return size;
}

function badAnswer(message: string): AppError {
  return new AppError("clock-bad-answer", message);
}
