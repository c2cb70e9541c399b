/** The ids of mark rows that are committed, so that they need not be looked up for each batch. */
import type { RecordGroup } from "./port.ts";

/** Mark ids remembered; beyond it the memory starts afresh. */
export const MARK_IDS_MAX = 50_000;

export class MarkIds {
  /** By source, then by epoch: a joined key would have to be made for every batch. */
  readonly #bySource = new Map<string, Map<string, number>>();
  #size = 0;

  get({ source, epoch }: Pick<RecordGroup, "source" | "epoch">): number | undefined {
    return this.#bySource.get(source)?.get(epoch);
  }

  set({ source, epoch }: Pick<RecordGroup, "source" | "epoch">, id: number): void {
    if (this.get({ source, epoch }) !== undefined) return;
    if (this.#size >= MARK_IDS_MAX) this.#clear();
    const byEpoch = this.#bySource.get(source) ?? new Map<string, number>();
    byEpoch.set(epoch, id);
    this.#bySource.set(source, byEpoch);
    this.#size++;
  }

  #clear(): void {
    this.#bySource.clear();
    this.#size = 0;
  }
}
