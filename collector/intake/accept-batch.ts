/** A placed batch becomes an entry for the database: its new records checked, its resent ones compared. */
import { lastNumberOf } from "../../protocol/messages/numbering.ts";
import type { Publication } from "../broker/port.ts";
import type { RecordGroup } from "../store/port.ts";
import { checkRecord } from "./check-record.ts";
import { Contents } from "./contents.ts";
import type { Entry } from "./group-commit.ts";
import type { Mark } from "./source-book.ts";

/**
 * The number of the first of `records`, numbered from `first`, that is known under its number with another content; undefined
 * when there is none.
 */
export function findClash({ contents }: Mark, first: number, records: readonly unknown[]): number | undefined {
  let number = first;
  for (const record of records) {
    if (contents?.remembers(number) && contents.clashes(number, checkRecord(record).hash)) return number;
    number = lastNumberOf(number, record) + 1;
  }
  return undefined;
}

/** Checks the records that follow the mark, not none, and moves its `received` behind them. */
export function acceptRecords(mark: Mark, next: readonly unknown[], { receivedAt, address }: Publication): Entry {
  const { source, epoch, received: expected } = mark;
  const records: RecordGroup["records"] = [];
  const quarantined: RecordGroup["quarantined"] = [];
  mark.contents ??= new Contents();
  let bytes = 0;
  for (const record of next) {
    const seq = mark.received + 1;
    const checked = checkRecord(record);
    mark.contents.note(seq, checked.hash);
    mark.received = lastNumberOf(seq, record);
    if (checked.ok) {
      bytes += checked.body.length;
      records.push({ seq, kind: checked.kind, at: checked.at, body: checked.body });
    } else {
      bytes += checked.raw.length;
      quarantined.push({ seq, reason: checked.reason, detail: checked.detail, raw: checked.raw });
    }
  }
  const group: RecordGroup = {
    source: source.name,
    site: source.site,
    epoch,
    expected,
    first: expected + 1,
    count: mark.received - expected,
    receivedAt,
    address: address ?? null,
    offsetMs: source.offsetMs,
    records,
    quarantined,
  };
  return { mark, group, bytes, generation: mark.generation };
}
