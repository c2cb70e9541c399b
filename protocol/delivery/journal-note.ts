/** The small file beside the segments: whose journal it is and what the centre was last heard to have committed. */
import type { Random } from "../time.ts";

export interface JournalNote {
  /** 16 hex digits, random, made with the journal. */
  epoch: string;
  machine: string;
  committed: number;
  db?: string;
  movedAside?: boolean;
}

/** Undefined for a note that cannot be read: then nobody knows whose journal it is. */
export function parseNote(bytes: Uint8Array): JournalNote | undefined {
  try {
    const note = JSON.parse(Buffer.from(bytes).toString("utf8"));
    const isNote = /^[0-9a-f]{16}$/.test(note.epoch) && typeof note.machine === "string";
    return isNote && Number.isSafeInteger(note.committed) ? note : undefined;
  } catch {
    return undefined;
  }
}

export function newEpoch(random: Random): string {
  return Array.from({ length: 16 }, () => Math.floor(random() * 16).toString(16)).join("");
}
