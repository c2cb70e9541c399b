/** Which of the three log layouts a terminal uses: told by the table's size and the number of records. Pure. */
import { ENTRY_BYTES, type EntryBytes, entryBytesOf } from "../../../protocol/clock/zk/attendance.ts";
import { AppError } from "../../../protocol/errors.ts";

/** Punches that may be made between counting and reading. */
export const MADE_MEANWHILE_MAX = 50;

/** `known`: what an earlier, exact match said. Throws AppError `clock-bad-answer` when the table fits no layout, or several. */
export function chooseEntryBytes(tableBytes: number, count: number, known: EntryBytes | undefined): EntryBytes {
  const exact = entryBytesOf(tableBytes, count);
  if (exact) return exact;
  const fitting = ENTRY_BYTES.filter((size) => {
    const entries = tableBytes / size;
    return Number.isInteger(entries) && entries > count && entries <= count + MADE_MEANWHILE_MAX;
  });
  const [only, other] = known && fitting.includes(known) ? [known] : fitting;
  if (only && !other) return only;
  throw new AppError("clock-bad-answer", `a log of ${tableBytes} bytes, but ${count} records`);
}
