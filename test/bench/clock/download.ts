/** The figures of a whole log's download, and the check that what was read is the clock's own ledger. */
import type { DevicePunch } from "../../../collector/clocks/drivers/driver.ts";
import type { TcbDriver } from "../../../collector/clocks/drivers/tcb-driver.ts";
import type { ClockProcess } from "../../../simulators/clock/client.ts";
import type { LineReport } from "../../../simulators/clock/simulated-clock.ts";

const BITS_PER_BYTE = 10;

export interface DownloadFigures {
  baud: number;
  records: number;
  /** Of requests and replies. */
  bytes: number;
  /** What the bytes alone need at this rate. */
  lineSeconds: number;
  seconds: number;
  /** lineSeconds / seconds. */
  ratio: number;
}

export interface Download {
  seconds: number;
  /** As `punchText` writes them, in the clock's order. */
  punches: string[];
}

export function punchText({ user, deviceTime, type }: Pick<DevicePunch, "user" | "deviceTime" | "type">): string {
  return `${user} ${deviceTime} ${type}`;
}

/** Lets a clock that keeps `records` new records be read, and counts its line's bytes meanwhile. Throws when one record differs. */
export async function measureDownload(
  clock: ClockProcess,
  { baud, records }: { baud: number; records: number },
  read: () => Promise<Download>,
): Promise<DownloadFigures> {
  await clock.tell({ do: "remember", count: records, isNew: true });
  const before = bytesOf(await clock.report());
  const { seconds, punches } = await read();
  const bytes = bytesOf(await clock.report()) - before;
  assertSame(punches, (await clock.ledger()).map(punchText));
  const lineSeconds = (bytes * BITS_PER_BYTE) / baud;
  return { baud, records, bytes, lineSeconds, seconds, ratio: lineSeconds / seconds };
}

export async function downloadAll(driver: TcbDriver, expected: number): Promise<Download> {
  const startAt = performance.now();
  const punches: string[] = [];
  for await (const page of driver.downloadLog({ from: "oldest", expected }))
    punches.push(...page.records.map(punchText));
  return { seconds: (performance.now() - startAt) / 1_000, punches };
}

function bytesOf({ toReaderBytes, toDeviceBytes }: LineReport): number {
  return toReaderBytes + toDeviceBytes;
}

function assertSame(read: string[], made: string[]): void {
  const wrong = made.findIndex((entry, index) => read[index] !== entry);
  if (read.length === made.length && wrong < 0) return;
  throw new Error(`read ${read.length} of ${made.length} records; first difference at ${wrong}`);
}
