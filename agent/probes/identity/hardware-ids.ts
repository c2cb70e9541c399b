/** Hardware ids: refuse the fillers of careless makers, then hash. Pure. */
import { createHash } from "node:crypto";

export interface HardwareIds {
  smbiosUuid?: string;
  diskSerial?: string;
  machineId?: string;
}

/** Fillers that many machines share (agent-signals, Identity). */
const FILLER = /default|serial|string|tobefilled|none|^0+$|^f+$/i;
const ID_CHARS_MIN = 4;

/** SHA-256 of the id without case, hyphens and spaces, cut to 16 hex digits; undefined for a filler or nothing. */
export function hashHardwareId(kind: keyof HardwareIds, raw: string | undefined): string | undefined {
  const id = (raw ?? "").replace(/[\s\0-]/g, "").toLowerCase();
  if (id.length < ID_CHARS_MIN || FILLER.test(id)) return undefined;
  return createHash("sha256").update(`${kind}:${id}`).digest("hex").slice(0, 16);
}

export function hashHardwareIds(raw: HardwareIds): HardwareIds {
  const hashed: HardwareIds = {};
  for (const kind of ["smbiosUuid", "diskSerial", "machineId"] as const) {
    const hash = hashHardwareId(kind, raw[kind]);
    if (hash) hashed[kind] = hash;
  }
  return hashed;
}

/**
 * One hash for the whole machine, to which journal and identity are bound: of the id that a cloned disk does not carry along, if
 * there is one (the board's, then the disk's), else of the installation's, else of the host name.
 */
export function machineHash({ smbiosUuid, diskSerial, machineId }: HardwareIds, hostname: string): string {
  const id = smbiosUuid ?? diskSerial ?? machineId ?? `hostname:${hostname}`;
  return createHash("sha256").update(id).digest("hex").slice(0, 16);
}
