/** The machine that a reader runs on, as hashes: what its journal and its enrolment are bound to. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { hostname } from "node:os";

const MACHINE_ID_FILE = "/etc/machine-id";
const ID_FILES = [MACHINE_ID_FILE, "/sys/class/dmi/id/product_uuid", "/sys/class/dmi/id/board_serial"];
/** Values that makers and cloners leave in place of an id. */
const PLACEHOLDER = /default|serial|string|^0+$|^f+$/i;

export interface HostIdentity {
  machine: string;
  fingerprint: string[];
  hostname: string;
}

export async function readHostIdentity(): Promise<HostIdentity> {
  const ids: string[] = [];
  for (const path of ID_FILES) {
    const id = await readFile(path, "utf8").catch(() => "");
    if (id.trim() && !PLACEHOLDER.test(id.trim())) ids.push(short(`${path}:${id.trim()}`));
  }
  // The first that everybody may read: the others would make another machine of it for another user.
  const anybodys = await readFile(MACHINE_ID_FILE, "utf8").catch(() => hostname());
  return { machine: short(`${MACHINE_ID_FILE}:${anybodys.trim()}`), fingerprint: ids, hostname: hostname() };
}

function short(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
