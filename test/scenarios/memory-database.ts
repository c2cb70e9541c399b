/** The least that can stand in for journal, centre and database: keeps every punch, commits a moment later. */
import type { RecordSink } from "../../collector/clocks/reader/sink.ts";
import type { ContractRecord } from "../../protocol/messages/records.ts";
import type { FoundPunch, PunchDatabase } from "./punches.ts";

const COMMIT_MS = 20;

export class MemoryDatabase implements PunchDatabase {
  readonly records: ContractRecord[] = [];
  #committed = 0;
  readonly sink: RecordSink = {
    append: async (record) => {
      const number = this.records.push(record);
      setTimeout(() => {
        this.#committed = Math.max(this.#committed, number);
      }, COMMIT_MS);
      return number;
    },
    newest: () => this.records.length,
    committed: () => this.#committed,
    onReplay: () => () => {},
  };

  async punches(): Promise<FoundPunch[]> {
    return this.records.flatMap((record) => (record.kind === "punch" ? [record.body] : []));
  }

  async close(): Promise<void> {}
}
