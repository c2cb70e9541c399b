/** The files of one journal: a flat folder that this process alone writes. Errors carry the system's code (`ENOSPC`, `EIO` ...). */
export interface JournalFiles {
  list(): Promise<string[]>;
  read(name: string): Promise<Uint8Array>;
  /** Appends, making the file if needed. On failure the file may hold a part of the bytes. */
  append(name: string, bytes: Uint8Array): Promise<void>;
  /** Resolves once what was appended survives a power cut, the file's name included. */
  sync(name: string): Promise<void>;
  truncate(name: string, lengthBytes: number): Promise<void>;
  /** Replaces the whole file, synced; a power cut leaves the old or the new. */
  replace(name: string, bytes: Uint8Array): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}
