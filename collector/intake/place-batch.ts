/** Where a batch stands to the received mark: what of it is next, what was there already, what lies ahead. */
import { lastNumberOf } from "../../protocol/messages/numbering.ts";

export interface Numbered {
  /** The record's number, and the last number that it occupies (beyond its own for a gap that stands for a range). */
  number: number;
  last: number;
  record: unknown;
}

export interface Placed {
  /** Records whose numbers are received already. */
  known: Numbered[];
  /** Records that follow the mark, without a hole. */
  next: Numbered[];
  /** The batch begins beyond the mark, or with a gap that only partly lies beyond it: it cannot be joined on. */
  detached: boolean;
}

/** Numbers the records of a batch and splits them at `received`, the last number received so far. */
export function placeBatch(first: number, records: readonly unknown[], received: number): Placed {
  const known: Numbered[] = [];
  const next: Numbered[] = [];
  let number = first;
  for (const record of records) {
    const last = lastNumberOf(number, record);
    (last <= received ? known : next).push({ number, last, record });
    number = last + 1;
  }
  const joins = next[0] === undefined || next[0].number === received + 1;
  return { known, next: joins ? next : [], detached: !joins };
}
