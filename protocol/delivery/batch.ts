/** The message `up` (contract, Delivery 2), put together from records that are JSON already. */
import { CONTRACT_VERSION } from "../messages/limits.ts";
import type { JournalLine } from "./journal-line.ts";

/** `first` and the lines' numbers are the journal's; on the wire they are less by `base`, inside gaps too. */
export function encodeBatch(
  { epoch, base }: { epoch: string; base: number },
  first: number,
  sentAt: string,
  lines: readonly JournalLine[],
): string {
  const records = lines.map((line) => (base > 0 && line.kind === "gap" ? lowerGap(line, base) : line.json));
  return `{"v":${CONTRACT_VERSION},"epoch":"${epoch}","first":${first - base},"sentAt":"${sentAt}","records":[${records.join(",")}]}`;
}

/** Numbers of a journal's own gap are its numbers; those of another gap (a clock's log) have none. */
function lowerGap({ number, json }: JournalLine, base: number): string {
  const record = JSON.parse(json);
  if (record.body.from !== number) return json;
  const { from, to } = record.body;
  return JSON.stringify({ ...record, body: { ...record.body, from: from - base, to: to - base } });
}
