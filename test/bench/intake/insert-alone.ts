/** The same rows into the same database by the same driver, with nothing in front of it. */
import type { RecordGroup, Store } from "../../../collector/store/port.ts";
import { punchBody } from "./load-records.ts";

const ROWS_PER_COMMIT = 2_000;
const AT = Date.parse("2026-11-23T00:59:58.120Z");

/** Rows per second over `rows` rows, in groups of `perGroup` records of as many sources as that makes. */
export async function insertAlone(store: Store, epoch: string, perGroup: number, rows: number): Promise<number> {
  const groups = ROWS_PER_COMMIT / perGroup;
  const bodies = Array.from({ length: perGroup }, (_, index) => punchBody(index));
  let committed = 0;
  const began = performance.now();
  for (let done = 0; done < rows; done += ROWS_PER_COMMIT) {
    await store.commitGroups(Array.from({ length: groups }, (_, index) => group(index, epoch, committed, bodies)));
    committed += perGroup;
  }
  return (rows / (performance.now() - began)) * 1_000;
}

function group(index: number, epoch: string, expected: number, bodies: readonly string[]): RecordGroup {
  return {
    source: `load-${index}`,
    site: "hall",
    epoch,
    expected,
    first: expected + 1,
    count: bodies.length,
    receivedAt: AT,
    address: "127.0.0.1",
    offsetMs: 3,
    records: bodies.map((body, at) => ({ seq: expected + 1 + at, kind: "punch", at: AT, body })),
    quarantined: [],
  };
}
