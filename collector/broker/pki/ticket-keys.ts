/**
 * The keys that TLS session tickets are sealed with, kept so that a whole office resumes its sessions after a restart of the
 * broker; ten thousand whole handshakes are half a minute of a processor.
 */
import { randomBytes } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../../protocol/time.ts";
import { PRIVATE_MODE, readIfThere, writeWhole } from "./files.ts";

/** What node:tls wants: a name, a key for the cipher and one for the digest. */
const KEYS_BYTES = 48;
const KEPT_MS = 7 * 24 * 60 * 60 * 1000;

/** Replaced when they are a week old: whoever steals the file can pretend to be a client of that week, and no more. */
export async function openTicketKeys(folder: string, clock: Clock): Promise<Buffer> {
  const path = join(folder, "ticket.keys");
  const stored = await readIfThere(path);
  if (stored?.length === KEYS_BYTES) {
    const { mtimeMs } = await stat(path);
    if (Math.abs(clock.now() - mtimeMs) < KEPT_MS) return stored;
  }
  const keys = randomBytes(KEYS_BYTES);
  await writeWhole(path, keys, PRIVATE_MODE);
  return keys;
}
