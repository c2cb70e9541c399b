/** One identity, one machine: what shows that two send under one name stops both until an officer has enrolled them anew. */
import { sql } from "kysely";
import type { Log } from "../../protocol/log.ts";
import type { Hello } from "../../protocol/messages/envelope.ts";
import type { Store } from "../store/port.ts";
import type { KnownSource, Mark } from "./source-book.ts";

export interface IdentityDeps {
  store: Store;
  log: Log;
}

export class Identity {
  readonly #deps: IdentityDeps;
  #found = 0;

  constructor(deps: IdentityDeps) {
    this.#deps = deps;
  }

  get duplicatesFound(): number {
    return this.#found;
  }

  /**
   * Why the sender of a hello cannot be the one whose epoch it is; undefined when it can. Binds the epoch to the machine that it is
   * first seen with.
   */
  async doubt(mark: Mark, { machine, newest }: Pick<Hello, "machine" | "newest">): Promise<string | undefined> {
    if (mark.machine === null) await this.#bind(mark, machine);
    if (mark.machine !== machine) return `epoch of machine ${mark.machine} sent by machine ${machine}`;
    // A journal never loses numbers that it has sent: this one is an older copy, and would use them again for other records.
    if (newest < mark.committed) return `journal ends at ${newest}, ${mark.committed} are committed`;
    return undefined;
  }

  async #bind(mark: Mark, machine: string): Promise<void> {
    mark.machine = machine;
    try {
      await this.#writeMachine(mark, machine);
    } catch (error) {
      mark.machine = null;
      throw error;
    }
  }

  async #writeMachine(mark: Mark, machine: string): Promise<void> {
    const { store } = this.#deps;
    await store.write((tx) =>
      tx
        .insertInto("mark")
        .values({ source_id: mark.source.id, epoch: mark.epoch, committed: 0, machine, updated_at: store.stamp() })
        .onConflict((conflict) =>
          conflict
            .columns(["source_id", "epoch"])
            .doUpdateSet({ machine: sql<string>`coalesce(mark.machine, ${machine})` }),
        )
        .execute(),
    );
  }

  /** Refuses the source's data from now on, and says so once, whatever goes on arriving. */
  async markDuplicate(mark: Mark, detail: string, address: string | null): Promise<void> {
    const { source, epoch } = mark;
    if (source.state !== "enrolled") return;
    source.state = "duplicate";
    this.#found++;
    this.#deps.log.error({ source: source.name, epoch, detail }, "duplicate identity");
    const addresses = [...new Set([source.address, address].filter((seen) => seen !== null))];
    await this.#note(source, { source: source.name, epoch, detail, addresses });
  }

  async #note(
    source: KnownSource,
    body: { source: string; epoch: string; detail: string; addresses: string[] },
  ): Promise<void> {
    const { store } = this.#deps;
    await store.write(async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable("source")
        .set({ state: "duplicate" })
        .where("id", "=", source.id)
        .where("state", "=", "enrolled")
        .executeTakeFirstOrThrow();
      if (numUpdatedRows > 0n) await store.appendDecisions([{ kind: "source.duplicate", body }], tx);
    });
  }
}
