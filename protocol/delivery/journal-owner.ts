/** Whose journal lies in a folder, and how one that is another machine's is put aside. */
import type { JournalFiles } from "./journal-files.ts";
import { type Binding, type JournalNote, parseNote } from "./journal-note.ts";
import { readSegment, segmentNames } from "./segment.ts";

export const NOTE_FILE = "journal.json";
const ASIDE_PREFIX = "aside-";

/** The note or, when that is lost or damaged, what the segments themselves say; what is committed is then asked of the centre. */
export async function readNote(files: JournalFiles, names: readonly string[]): Promise<JournalNote | undefined> {
  const note = names.includes(NOTE_FILE) ? parseNote(await files.read(NOTE_FILE)) : undefined;
  if (note) return note;
  const binding = await bindingOnDisk(files, names);
  return binding && { ...binding, committed: binding.base, newest: 0 };
}

/** True when there was something. One journal is kept aside, the newest: what lay there before is removed. */
export async function moveAside(files: JournalFiles, names: readonly string[], epoch: string): Promise<boolean> {
  const present = [...segmentNames(names), ...names.filter((name) => name === NOTE_FILE)];
  if (present.length === 0) return false;
  for (const name of names.filter((name) => name.startsWith(ASIDE_PREFIX))) await files.remove(name);
  for (const name of present) await files.rename(name, `${ASIDE_PREFIX}${epoch}-${name}`);
  return true;
}

/** The binding that the newest readable head tells. */
async function bindingOnDisk(files: JournalFiles, names: readonly string[]): Promise<Binding | undefined> {
  for (const name of segmentNames(names).reverse()) {
    const { head } = readSegment(await files.read(name));
    if (head) return head;
  }
  return undefined;
}
