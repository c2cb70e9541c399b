/**
 * Batches as the statements of `commit-groups.ts` take them. The bodies are one blob, in which `substr` finds its place at once, beside a small
 * JSON array of everything else: half as much again as with the bodies inside the JSON, where each is escaped, parsed, and unescaped.
 */
import assert from "node:assert/strict";
import type { MarkIds } from "./mark-ids.ts";
import type { RecordGroup } from "./port.ts";

export interface EncodedGroups {
  /** JSON: `[mark, from, to]` per mark. */
  moves: string;
  /** JSON: `[mark, seq, kind, at, received_at, address, offset_ms, place in bodies (from 1), bytes]` per record. */
  places: string;
  /** The bodies, one behind the other. */
  bodies: Buffer<ArrayBuffer>;
  /** JSON: `[mark, seq, received_at, reason, detail, raw]` per record set aside. */
  quarantine: string;
}

/** UTF-8 needs at most so many bytes for one UTF-16 code unit. */
const BYTES_PER_UNIT_MAX = 3;
/** Buffers kept for the bodies of later transactions: one for the transaction that runs, one for the next. */
const SPARE_MAX = 2;
const SPARE_BYTES_MAX = 8 * 1024 * 1024;
/** Kinds that are remembered in quotes. */
const KINDS_MAX = 100;

/** Encodes ahead of the commit, and keeps the buffers of bodies for the next ones. */
export class GroupEncoder {
  readonly #known: MarkIds;
  readonly #ahead = new WeakMap<readonly RecordGroup[], EncodedGroups>();
  readonly #spare: Buffer<ArrayBuffer>[] = [];

  constructor(known: MarkIds) {
    this.#known = known;
  }

  prepare(groups: readonly RecordGroup[]): void {
    const encoded = this.#encode(groups);
    if (encoded) this.#ahead.set(groups, encoded);
  }

  /** Undefined when one of the marks is not known. What is returned must come back by `release`. */
  take(groups: readonly RecordGroup[]): EncodedGroups | undefined {
    const ahead = this.#ahead.get(groups);
    this.#ahead.delete(groups);
    return ahead ?? this.#encode(groups);
  }

  release({ bodies }: EncodedGroups): void {
    if (this.#spare.length < SPARE_MAX && bodies.buffer.byteLength <= SPARE_BYTES_MAX) {
      this.#spare.push(Buffer.from(bodies.buffer));
    }
  }

  #encode(groups: readonly RecordGroup[]): EncodedGroups | undefined {
    const ids = groups.map((group) => this.#known.get(group) ?? 0);
    if (ids.includes(0)) return undefined;
    return {
      moves: encodeMoves(groups, ids),
      ...encodeRecords(groups, ids, this.#buffer(bytesMax(groups))),
      quarantine: encodeQuarantine(groups, ids),
    };
  }

  #buffer(bytes: number): Buffer<ArrayBuffer> {
    const spare = this.#spare.pop();
    if (spare && spare.length >= bytes) return spare;
    // Powers of two: the next transaction may be a little longer.
    return Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(Math.max(1, bytes))));
  }
}

function bytesMax(groups: readonly RecordGroup[]): number {
  let units = 0;
  for (const { records } of groups) for (const { body } of records) units += body.length;
  return units * BYTES_PER_UNIT_MAX;
}

/** Groups of one mark follow each other and move it in one step. */
export function encodeMoves(groups: readonly RecordGroup[], ids: readonly number[]): string {
  const byMark = new Map<number, number[]>();
  groups.forEach((group, index) => {
    const id = ids[index] as number;
    const move = byMark.get(id) ?? [id, group.expected, group.expected];
    assert.equal(move[2], group.expected, "groups of one mark follow each other");
    move[2] = group.first + group.count - 1;
    byMark.set(id, move);
  });
  return JSON.stringify([...byMark.values()]);
}

/** `buffer` takes the bodies; without it one is made. */
export function encodeRecords(
  groups: readonly RecordGroup[],
  ids: readonly number[],
  buffer = Buffer.allocUnsafe(bytesMax(groups)),
): Pick<EncodedGroups, "places" | "bodies"> {
  const rows: string[] = [];
  let end = 0;
  groups.forEach((group, index) => {
    const head = `[${ids[index]},`;
    const tail = `,${group.receivedAt},${JSON.stringify(group.address)},${group.offsetMs},`;
    for (const { seq, kind, at, body } of group.records) {
      const length = buffer.write(body, end);
      rows.push(`${head}${seq},${quoted(kind)},${at}${tail}${end + 1},${length}]`);
      end += length;
    }
  });
  return { places: `[${rows.join(",")}]`, bodies: buffer.subarray(0, end) };
}

const QUOTED = new Map<string, string>();

function quoted(kind: string): string {
  let text = QUOTED.get(kind);
  if (text === undefined) {
    if (QUOTED.size >= KINDS_MAX) QUOTED.clear();
    text = JSON.stringify(kind);
    QUOTED.set(kind, text);
  }
  return text;
}

export function encodeQuarantine(groups: readonly RecordGroup[], ids: readonly number[]): string {
  const rows = groups.flatMap(({ quarantined, receivedAt }, index) =>
    quarantined.map(({ seq, reason, detail, raw }) => [ids[index], seq, receivedAt, reason, detail, raw]),
  );
  return JSON.stringify(rows);
}
