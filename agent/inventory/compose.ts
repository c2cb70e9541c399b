/** An inventory as records: the whole at first, afterwards only what came and went; cut into parts that fit. Pure. */
import { createHash } from "node:crypto";
import { RECORD_BYTES_MAX } from "../../protocol/messages/limits.ts";
import type { InventoryBody } from "../../protocol/messages/records/agent-events.ts";
import { canonicalJson } from "../posture/hash.ts";
import { keyOf, type Software } from "./software.ts";

export interface Inventory {
  /** Names and values as text: maker, model, serials hashed, memory, disks. */
  hardware: Record<string, string>;
  software: Software[];
}

const ITEMS_MAX = 400;
const PARTS_MAX = 64;
/** Room for the outside of the record and the hardware. */
const ITEMS_BYTES_MAX = RECORD_BYTES_MAX - 12 * 1024;

export function hashInventory(inventory: Inventory): string {
  return createHash("sha256").update(canonicalJson(inventory)).digest("hex").slice(0, 16);
}

/** One record at least, also when nothing changed: it says that the old list still holds. */
export function composeInventory(now: Inventory, before: Inventory | undefined): InventoryBody[] {
  const hash = hashInventory(now);
  const base = before && hashInventory(before);
  const known = new Set(before?.software.map(keyOf));
  const present = new Set(now.software.map(keyOf));
  const added = now.software.filter((entry) => !known.has(keyOf(entry)));
  const removed = (before?.software ?? []).filter((entry) => !present.has(keyOf(entry)));
  const chunks = chunk([
    ...added.map((entry) => ["added", entry] as const),
    ...removed.map((entry) => ["removed", entry] as const),
  ]);
  const sameHardware = before && canonicalJson(before.hardware) === canonicalJson(now.hardware);
  return chunks.map((items, index) => ({
    hash,
    ...(base && { base }),
    ...(index === 0 && !sameHardware && { hardware: now.hardware }),
    added: items.filter(([kind]) => kind === "added").map(([, entry]) => entry),
    removed: items.filter(([kind]) => kind === "removed").map(([, entry]) => entry),
    part: index + 1,
    parts: chunks.length,
  }));
}

type Item = readonly ["added" | "removed", Software];

/** At most PARTS_MAX parts; a list that is longer still loses its end, which the hash then shows. */
function chunk(items: readonly Item[]): Item[][] {
  const chunks: Item[][] = [[]];
  let bytes = 0;
  for (const item of items) {
    const size = Buffer.byteLength(JSON.stringify(item[1])) + 1;
    const open = chunks.at(-1) as Item[];
    if (open.length >= ITEMS_MAX || bytes + size > ITEMS_BYTES_MAX) {
      if (chunks.length === PARTS_MAX) break;
      chunks.push([item]);
      bytes = size;
    } else {
      open.push(item);
      bytes += size;
    }
  }
  return chunks;
}
