/** Journal, centre and database in virtual time: each record is committed a moment after it was appended. */
import type { RecordSink } from "../../../collector/clocks/reader/sink.ts";
import type { Watermark, WatermarkStore } from "../../../collector/clocks/reader/watermark.ts";
import type { BodyOf } from "../../../protocol/messages/records.ts";
import type { Clock } from "../../../protocol/time.ts";
import { punchKey } from "../../../simulators/clock/ledger.ts";

/** More than a commit takes: the intake's measured 99th percentile is below it. */
const COMMIT_MS = 100;

export class VirtualDatabase {
  readonly punches: BodyOf<"punch">[] = [];
  /** By the punch's key, ms since 1970. */
  readonly committedAt = new Map<string, number>();
  readonly store: WatermarkStore;
  readonly sink: RecordSink;
  #newest = 0;
  #committed = 0;

  constructor(clock: Clock) {
    const marks = new Map<string, Watermark>();
    this.store = {
      load: async (name) => marks.get(name),
      save: async (name, mark) => void marks.set(name, structuredClone(mark)),
    };
    this.sink = {
      append: async (record) => {
        this.#newest += 1;
        const number = this.#newest;
        clock.after(COMMIT_MS, () => {
          this.#committed = Math.max(this.#committed, number);
          if (record.kind !== "punch") return;
          this.punches.push(record.body);
          this.committedAt.set(punchKey(record.body), clock.now());
        });
        return number;
      },
      newest: () => this.#newest,
      committed: () => this.#committed,
      onReplay: () => () => {},
    };
  }
}
