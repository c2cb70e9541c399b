/**
 * Batches into the evidence. The mark's row, moved by compare-and-set in the transaction that inserts, is the duplicate
 * filter and the fence between two workers (contract, section Delivery, 4): the record table needs no unique index.
 */
import assert from "node:assert/strict";
import { AppError, isAppError } from "../../protocol/errors.ts";
import type { GroupOutcome, RecordGroup } from "./port.ts";
import type { SqlDriver } from "./sql-driver.ts";

/** Mark ids remembered; beyond it the memory starts afresh. */
export const MARK_IDS_MAX = 50_000;

/**
 * One statement that is a whole transaction. Statements run on the thread pool and come back through the event loop, which is busy
 * with the sources' messages just when it matters: four of them a transaction leave the disk idle half of the time.
 * Aborts, with nothing done, when a mark is not where it should be; `insertGroups` then finds out which.
 */
const FAST_LANE = `
create temp view batch_in as
select null as moves, null as places, null as bodies, null as quarantine, null as stamp;
create temp trigger batch_in_insert instead of insert on batch_in begin
  select raise(abort, 'mark moved') from json_each(new.moves) as move
  left join mark on mark.id = move.value->>0
  where mark.committed is not move.value->>1;
  update mark set committed = move.value->>2, updated_at = new.stamp
  from json_each(new.moves) as move
  where mark.id = move.value->>0;
  insert into record (mark_id, seq, kind, at, received_at, committed_at, address, offset_ms, body)
  select value->>0, value->>1, value->>2, value->>3, value->>4, new.stamp, value->>5, value->>6,
         cast(substr(new.bodies, value->>7, value->>8) as text)
  from json_each(new.places);
  insert into quarantine (source_id, mark_id, seq, received_at, reason, detail, raw)
  select mark.source_id, mark.id, value->>1, value->>2, value->>3, value->>4, value->>5
  from json_each(new.quarantine) cross join mark on mark.id = value->>0;
end`;

const INSERT_FAST = "insert into batch_in (moves, places, bodies, quarantine, stamp) values (?, ?, ?, ?, ?)";

/** Ids of mark rows that are committed. */
export class MarkIds {
  /** By source, then by epoch: a joined key would have to be made for every batch. */
  readonly #bySource = new Map<string, Map<string, number>>();
  #size = 0;

  get({ source, epoch }: Pick<RecordGroup, "source" | "epoch">): number | undefined {
    return this.#bySource.get(source)?.get(epoch);
  }

  set({ source, epoch }: Pick<RecordGroup, "source" | "epoch">, id: number): void {
    if (this.get({ source, epoch }) !== undefined) return;
    if (this.#size >= MARK_IDS_MAX) this.#clear();
    const byEpoch = this.#bySource.get(source) ?? new Map<string, number>();
    byEpoch.set(epoch, id);
    this.#bySource.set(source, byEpoch);
    this.#size++;
  }

  #clear(): void {
    this.#bySource.clear();
    this.#size = 0;
  }
}

const INSERT_MARKS = `
insert into mark (source_id, epoch, committed, updated_at)
select source.id, wanted.value->>1, 0, ?2
from json_each(?1) as wanted cross join source on source.name = wanted.value->>0
where true
on conflict (source_id, epoch) do nothing`;

const FIND_MARKS = `
select wanted.key as position, mark.id
from json_each(?1) as wanted
cross join source on source.name = wanted.value->>0
cross join mark on mark.source_id = source.id and mark.epoch = wanted.value->>1`;

const MOVE_MARKS = `
update mark set committed = move.value->>2, updated_at = ?2
from json_each(?1) as move
where mark.id = move.value->>0 and mark.committed = move.value->>1
returning mark.id`;

const READ_MARKS = `
select mark.id, mark.committed from json_each(?1) as wanted cross join mark on mark.id = wanted.value`;

/**
 * The bodies come as one blob, in which `substr` finds its place at once, beside a small JSON array of everything else: half
 * as much again as with the bodies inside the JSON, where each is escaped, parsed, and unescaped.
 */
const INSERT_RECORDS = `
insert into record (mark_id, seq, kind, at, received_at, committed_at, address, offset_ms, body)
select value->>0, value->>1, value->>2, value->>3, value->>4, ?3, value->>5, value->>6,
       cast(substr(?2, value->>7, value->>8) as text)
from json_each(?1)`;

const INSERT_QUARANTINE = `
insert into quarantine (source_id, mark_id, seq, received_at, reason, detail, raw)
select mark.source_id, mark.id, value->>1, value->>2, value->>3, value->>4, value->>5
from json_each(?1) cross join mark on mark.id = value->>0`;

/** To be called once on the writer's connection, before `insertAtOnce`. */
export async function openFastLane(writer: SqlDriver): Promise<void> {
  await writer.exec(FAST_LANE);
}

/**
 * Commits the groups in one statement, outside of any transaction. Resolves to undefined, with nothing done, when a mark is not
 * known or not where its group expects it.
 */
export async function insertAtOnce(
  writer: SqlDriver,
  groups: readonly RecordGroup[],
  stamp: number,
  known: MarkIds,
): Promise<GroupOutcome[] | undefined> {
  const ids = groups.map((group) => known.get(group) ?? 0);
  if (ids.includes(0)) return undefined;
  const { places, bodies } = recordRows(writer, groups, ids);
  const quarantine = JSON.stringify(quarantineRows(groups, ids));
  try {
    await writer.query(INSERT_FAST, [JSON.stringify(moves(groups, ids)), places, bodies, quarantine, stamp]);
  } catch (error) {
    if (isAppError(error, "database-constraint")) return undefined;
    throw error;
  }
  return groups.map((group) => ({ ok: true, committed: lastOf(group) }));
}

/**
 * Runs inside a transaction of the caller. Groups whose mark is not where they expect it insert nothing. Rejects with
 * AppError `unknown-source`. The marks' ids, one a group, are for `known` once the transaction is committed.
 */
export async function insertGroups(
  writer: SqlDriver,
  groups: readonly RecordGroup[],
  stamp: number,
  known: MarkIds,
): Promise<{ outcomes: GroupOutcome[]; ids: number[] }> {
  const ids = await markIds(writer, groups, stamp, known);
  const { rows } = await writer.query(MOVE_MARKS, [JSON.stringify(moves(groups, ids)), stamp]);
  const moved = new Set(rows.map((row) => Number(row.id)));
  const accepted = groups.filter((_, index) => moved.has(ids[index] as number));
  const acceptedIds = ids.filter((id) => moved.has(id));
  await insertRecords(writer, accepted, acceptedIds, stamp);
  await insertQuarantine(writer, accepted, acceptedIds);
  const standing = accepted.length === groups.length ? new Map() : await standingMarks(writer, ids);
  const outcomes = groups.map((group, index): GroupOutcome => {
    const id = ids[index] as number;
    if (moved.has(id)) return { ok: true, committed: lastOf(group) };
    return { ok: false, code: "mark-moved", committed: standing.get(id) ?? 0 };
  });
  return { outcomes, ids };
}

function lastOf(group: RecordGroup): number {
  return group.first + group.count - 1;
}

/** `[mark, from, to]` per mark: groups of one mark follow each other and move it in one step. */
function moves(groups: readonly RecordGroup[], ids: readonly number[]): number[][] {
  const byMark = new Map<number, number[]>();
  groups.forEach((group, index) => {
    const id = ids[index] as number;
    const move = byMark.get(id) ?? [id, group.expected, group.expected];
    assert.equal(move[2], group.expected, "groups of one mark follow each other");
    move[2] = lastOf(group);
    byMark.set(id, move);
  });
  return [...byMark.values()];
}

async function markIds(
  writer: SqlDriver,
  groups: readonly RecordGroup[],
  stamp: number,
  known: MarkIds,
): Promise<number[]> {
  const missing = groups.filter((group) => known.get(group) === undefined);
  const found = missing.length === 0 ? new Map<RecordGroup, number>() : await findOrInsertMarks(writer, missing, stamp);
  return groups.map((group) => {
    const id = known.get(group) ?? found.get(group);
    if (id === undefined) throw new AppError("unknown-source", `no source has the name ${group.source}`);
    return id;
  });
}

async function findOrInsertMarks(
  writer: SqlDriver,
  groups: readonly RecordGroup[],
  stamp: number,
): Promise<Map<RecordGroup, number>> {
  const wanted = JSON.stringify(groups.map((group) => [group.source, group.epoch]));
  await writer.query(INSERT_MARKS, [wanted, stamp]);
  const { rows } = await writer.query(FIND_MARKS, [wanted]);
  return new Map(rows.map((row) => [groups[Number(row.position)] as RecordGroup, Number(row.id)]));
}

async function insertRecords(
  writer: SqlDriver,
  groups: readonly RecordGroup[],
  ids: readonly number[],
  stamp: number,
): Promise<void> {
  const { places, bodies } = recordRows(writer, groups, ids);
  await writer.query(INSERT_RECORDS, [places, bodies, stamp]);
}

/** A kind needs no escaping in JSON. */
const KIND = /^[a-z-]+$/;

/**
 * The bodies of one transaction, one behind the other, by the connection that they are written through: it has one transaction at
 * a time, and copies what it is given.
 */
const SCRATCH = new WeakMap<SqlDriver, Buffer>();
/** UTF-8 needs at most so many bytes for one UTF-16 code unit. */
const BYTES_PER_UNIT_MAX = 3;

/** All that is to be known of each record, as JSON rows, and the bodies; what is in `bodies` holds until the next call. */
function recordRows(
  writer: SqlDriver,
  groups: readonly RecordGroup[],
  ids: readonly number[],
): { places: string; bodies: Buffer } {
  const rows: string[] = [];
  const scratch = scratchFor(writer, groups);
  let end = 0;
  groups.forEach((group, index) => {
    const head = `[${ids[index]},`;
    const tail = `,${group.receivedAt},${JSON.stringify(group.address)},${group.offsetMs},`;
    for (const { seq, kind, at, body } of group.records) {
      assert(KIND.test(kind));
      const length = scratch.write(body, end);
      rows.push(`${head}${seq},"${kind}",${at}${tail}${end + 1},${length}]`);
      end += length;
    }
  });
  return { places: `[${rows.join(",")}]`, bodies: scratch.subarray(0, end) };
}

function scratchFor(writer: SqlDriver, groups: readonly RecordGroup[]): Buffer {
  let units = 0;
  for (const { records } of groups) for (const { body } of records) units += body.length;
  const kept = SCRATCH.get(writer);
  if (kept && units * BYTES_PER_UNIT_MAX <= kept.length) return kept;
  const scratch = Buffer.allocUnsafe(units * BYTES_PER_UNIT_MAX);
  SCRATCH.set(writer, scratch);
  return scratch;
}

async function insertQuarantine(
  writer: SqlDriver,
  groups: readonly RecordGroup[],
  ids: readonly number[],
): Promise<void> {
  const rows = quarantineRows(groups, ids);
  if (rows.length > 0) await writer.query(INSERT_QUARANTINE, [JSON.stringify(rows)]);
}

function quarantineRows(groups: readonly RecordGroup[], ids: readonly number[]): unknown[][] {
  return groups.flatMap((group, index) =>
    group.quarantined.map(({ seq, reason, detail, raw }) => [ids[index], seq, group.receivedAt, reason, detail, raw]),
  );
}

async function standingMarks(writer: SqlDriver, ids: readonly number[]): Promise<Map<number, number>> {
  const { rows } = await writer.query(READ_MARKS, [JSON.stringify(ids)]);
  return new Map(rows.map((row) => [Number(row.id), Number(row.committed)]));
}
