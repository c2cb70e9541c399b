/** Where a reader's records go: the part of a source (protocol/uplink) that readers use. */
import type { ContractRecord } from "../../../protocol/messages/records.ts";

export interface RecordSink {
  /** Resolves with the record's number once it is synced to disk; numbers rise. Rejects when it cannot be kept. */
  append(record: ContractRecord): Promise<number>;
  /** The highest number given so far; 0 for an empty journal. */
  newest(): number;
  /** Everything up to and including this number is in the compliance database. */
  committed(): number;
  /** The database went back to an older state; `missing` records are no longer in the journal either. */
  onReplay(handler: (replay: { missing: number }) => void): () => void;
}
