/** Where a batch stands to the received mark: what of it was there already, what is next, what lies ahead. */
import { lastNumberOf } from "../../protocol/messages/numbering.ts";

export interface Placed {
  /** So many of the batch's records, from its beginning, are received already. */
  known: number;
  /** The record behind them follows the mark. False: there is none, or the batch is detached. */
  joins: boolean;
  /** The batch begins beyond the mark, or with a gap that only partly lies beyond it: it cannot be joined on. */
  detached: boolean;
}

/** Numbers the records of a batch and places them at `received`, the last number received so far. */
export function placeBatch(first: number, records: readonly unknown[], received: number): Placed {
  let number = first;
  for (let known = 0; known < records.length; known++) {
    const last = lastNumberOf(number, records[known]);
    if (last > received) return { known, joins: number === received + 1, detached: number !== received + 1 };
    number = last + 1;
  }
  return { known: records.length, joins: false, detached: false };
}
