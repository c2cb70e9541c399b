/** Reports the inventory once a day, at a random time after the start, so that no two PCs and no two looks coincide. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../../protocol/log.ts";
import type { ContractRecord } from "../../protocol/messages/records.ts";
import { type Clock, formatInstant, type Random } from "../../protocol/time.ts";
import type { Outcome } from "../os/os.ts";
import type { StateFile } from "../state.ts";
import { composeInventory, hashInventory, type Inventory } from "./compose.ts";

export interface InventoryReporterDeps {
  clock: Clock;
  random: Random;
  log: Log;
  /** Folder of `inventory.json`, the list as last reported. */
  folder: string;
  file: StateFile;
  collect: () => Promise<Outcome<{ inventory: Inventory }>>;
  append: (record: ContractRecord) => Promise<unknown>;
}

const DAY_MS = 24 * 3_600_000;
const FIRST_MIN_MS = 2 * 60_000;
const SPREAD_MS = 30 * 60_000;

export interface InventoryReporter {
  /** The next report is whole, and soon. */
  wholeAgain(): void;
  stop(): void;
}

export function startInventoryReporter(deps: InventoryReporterDeps): InventoryReporter {
  const { clock, random, log, folder, file } = deps;
  const path = join(folder, "inventory.json");
  let stopped = false;
  let reporting = false;
  /** Asked for while a report was being made. */
  let wholeAsked = false;
  let cancel = schedule(dueInMs());

  function dueInMs(): number {
    const sinceMs = clock.now() - Date.parse(file.state.inventory?.at ?? "1970-01-01T00:00:00.000Z");
    return Math.max(FIRST_MIN_MS, DAY_MS - sinceMs) + random() * SPREAD_MS;
  }

  function schedule(ms: number): () => void {
    return clock.after(ms, () => {
      reporting = true;
      report()
        .catch((error: unknown) => log.error({ error }, "the inventory could not be reported"))
        .finally(() => {
          reporting = false;
          if (!stopped) cancel = schedule(wholeAsked ? dueInMs() : DAY_MS + random() * SPREAD_MS);
          wholeAsked = false;
        });
    });
  }

  async function report(): Promise<void> {
    const collected = await deps.collect();
    if (!collected.ok) {
      log.warn({ reason: collected.reason, detail: collected.detail }, "no inventory today");
      return;
    }
    const { inventory } = collected;
    const before = await readBefore(path, file.state.inventory?.hash);
    const at = formatInstant(clock.now());
    for (const body of composeInventory(inventory, before)) await deps.append({ kind: "inventory", at, body });
    await writeFile(path, JSON.stringify(inventory), { mode: 0o600 });
    // One that was asked for in the meantime is still to come, and builds on nothing.
    if (!wholeAsked) file.state.inventory = { hash: hashInventory(inventory), at };
    await file.save();
  }

  return {
    wholeAgain() {
      delete file.state.inventory;
      wholeAsked = reporting;
      if (reporting) return;
      cancel();
      if (!stopped) cancel = schedule(dueInMs());
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}

/** The list is only a base if it is the one whose hash was reported. */
async function readBefore(path: string, hash: string | undefined): Promise<Inventory | undefined> {
  if (hash === undefined) return undefined;
  try {
    const inventory = JSON.parse(await readFile(path, "utf8")) as Inventory;
    return hashInventory(inventory) === hash ? inventory : undefined;
  } catch {
    return undefined;
  }
}
