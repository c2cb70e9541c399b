/**
 * Batches into the evidence. The mark's row, moved by compare-and-set in the transaction that inserts, is the duplicate
 * filter and the fence between two workers (contract, section Delivery, 4): the record table needs no unique index.
 */
import { AppError, isAppError } from "../../protocol/errors.ts";
import { type EncodedGroups, encodeMoves, encodeQuarantine, encodeRecords } from "./encode-groups.ts";
import type { MarkIds } from "./mark-ids.ts";
import type { GroupOutcome, RecordGroup } from "./port.ts";
import type { SqlDriver } from "./sql-driver.ts";

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
 * Commits the groups in one statement, outside of any transaction. Resolves to false, with nothing done, when a mark is not where its group
 * expects it.
 */
export async function insertAtOnce(
  writer: SqlDriver,
  { moves, places, bodies, quarantine }: EncodedGroups,
  stamp: number,
): Promise<boolean> {
  try {
    await writer.query(INSERT_FAST, [moves, places, bodies, quarantine, stamp]);
    return true;
  } catch (error) {
    if (isAppError(error, "database-constraint")) return false;
    throw error;
  }
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
  const { rows } = await writer.query(MOVE_MARKS, [encodeMoves(groups, ids), stamp]);
  const moved = new Set(rows.map((row) => Number(row.id)));
  const accepted = groups.filter((_, index) => moved.has(ids[index] as number));
  const acceptedIds = ids.filter((id) => moved.has(id));
  const { places, bodies } = encodeRecords(accepted, acceptedIds);
  await writer.query(INSERT_RECORDS, [places, bodies, stamp]);
  if (accepted.some(({ quarantined }) => quarantined.length > 0)) {
    await writer.query(INSERT_QUARANTINE, [encodeQuarantine(accepted, acceptedIds)]);
  }
  const standing = accepted.length === groups.length ? new Map() : await standingMarks(writer, ids);
  const outcomes = groups.map((group, index): GroupOutcome => {
    const id = ids[index] as number;
    if (moved.has(id)) return { ok: true, committed: lastOf(group) };
    return { ok: false, code: "mark-moved", committed: standing.get(id) ?? 0 };
  });
  return { outcomes, ids };
}

export function lastOf(group: RecordGroup): number {
  return group.first + group.count - 1;
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

async function standingMarks(writer: SqlDriver, ids: readonly number[]): Promise<Map<number, number>> {
  const { rows } = await writer.query(READ_MARKS, [JSON.stringify(ids)]);
  return new Map(rows.map((row) => [Number(row.id), Number(row.committed)]));
}
