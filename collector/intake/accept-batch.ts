/** A placed batch becomes an entry for the database: its new records checked, its resent ones compared. */
import type { Publication } from "../broker/port.ts";
import type { RecordGroup } from "../store/port.ts";
import { checkRecord } from "./check-record.ts";
import { Contents } from "./contents.ts";
import type { Entry } from "./group-commit.ts";
import type { Numbered } from "./place-batch.ts";
import type { Mark } from "./source-book.ts";

/** The number of the first record that is known under its number with another content; undefined when there is none. */
export function findClash(mark: Mark, known: readonly Numbered[]): number | undefined {
  const { contents } = mark;
  if (!contents) return undefined;
  const clash = known.find(
    ({ number, record }) => contents.remembers(number) && contents.clashes(number, checkRecord(record).hash),
  );
  return clash?.number;
}

/** Checks the records that follow the mark and moves its `received` behind them. `next` is not empty. */
export function acceptRecords(mark: Mark, next: readonly Numbered[], { receivedAt, address }: Publication): Entry {
  const records: RecordGroup["records"] = [];
  const quarantined: RecordGroup["quarantined"] = [];
  const contents = mark.contents ?? new Contents();
  mark.contents = contents;
  let bytes = 0;
  for (const { number, record } of next) {
    const checked = checkRecord(record);
    contents.note(number, checked.hash);
    if (checked.ok) {
      bytes += checked.body.length;
      records.push({ seq: number, kind: checked.kind, at: checked.at, body: checked.body });
    } else {
      bytes += checked.raw.length;
      quarantined.push({ seq: number, reason: checked.reason, detail: checked.detail, raw: checked.raw });
    }
  }
  const { source, epoch, received: expected } = mark;
  mark.received = next.at(-1)?.last ?? expected;
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
  return { mark, group, bytes };
}
