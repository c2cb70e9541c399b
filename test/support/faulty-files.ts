/** Journal files in memory that fail as disks do: a power cut forgets what was not synced, writes are torn, bits flip, space runs out. */
import type { JournalFiles } from "../../protocol/delivery/journal-files.ts";
import type { Random } from "../../protocol/time.ts";

interface File {
  bytes: Buffer;
  /** Bytes that survive a power cut. */
  syncedBytes: number;
}

export class FaultyFiles implements JournalFiles {
  #files = new Map<string, File>();
  /** Bytes that all files together may hold. */
  spaceBytes = Number.POSITIVE_INFINITY;
  /** Appends and syncs so far: tells how well they are grouped. */
  appends = 0;
  syncs = 0;
  #failNext: string | undefined;
  /** Codes with which every read, or every truncation, fails. */
  failReads: string | undefined;
  failTruncations: string | undefined;

  /** The next append fails with this code, after half of its bytes. */
  failNextAppend(code: string): void {
    this.#failNext = code;
  }

  get usedBytes(): number {
    return [...this.#files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /**
   * What is left when the power goes: of unsynced bytes some first part, as the disk happened to write; behind it nothing, or zeros
   * where the file had grown already but its data was not written.
   */
  powerCut(random: Random): FaultyFiles {
    const after = new FaultyFiles();
    for (const [name, { bytes, syncedBytes }] of this.#files) {
      const kept = syncedBytes + Math.floor(random() * (bytes.length - syncedBytes + 1));
      const zeros = random() < 0.3 ? bytes.length - kept : 0;
      const left = Buffer.concat([bytes.subarray(0, kept), Buffer.alloc(zeros)]);
      after.#files.set(name, { bytes: left, syncedBytes: left.length });
    }
    return after;
  }

  /** Flips one bit of a file that is matched. */
  flipBit(pattern: RegExp, random: Random): void {
    const names = [...this.#files.keys()].filter((name) => pattern.test(name) && this.#of(name).bytes.length > 0);
    const file = this.#of(names[Math.floor(random() * names.length)] as string);
    const at = Math.floor(random() * file.bytes.length);
    file.bytes[at] = (file.bytes[at] as number) ^ (1 << Math.floor(random() * 8));
  }

  async list(): Promise<string[]> {
    return [...this.#files.keys()];
  }

  async read(name: string): Promise<Uint8Array> {
    failWith(this.failReads);
    return Uint8Array.from(this.#of(name).bytes);
  }

  async append(name: string, bytes: Uint8Array): Promise<void> {
    this.appends++;
    const file = this.#files.get(name) ?? { bytes: Buffer.alloc(0), syncedBytes: 0 };
    this.#files.set(name, file);
    const room = this.spaceBytes - this.usedBytes;
    const code = this.#failNext ?? (bytes.length > room ? "ENOSPC" : undefined);
    const taken = code === undefined ? bytes.length : Math.floor(Math.min(bytes.length, Math.max(0, room)) / 2);
    this.#failNext = undefined;
    file.bytes = Buffer.concat([file.bytes, bytes.subarray(0, taken)]);
    failWith(code);
  }

  async sync(name: string): Promise<void> {
    this.syncs++;
    const file = this.#of(name);
    file.syncedBytes = file.bytes.length;
  }

  async truncate(name: string, lengthBytes: number): Promise<void> {
    failWith(this.failTruncations);
    const file = this.#of(name);
    file.bytes = file.bytes.subarray(0, lengthBytes);
    file.syncedBytes = Math.min(file.syncedBytes, lengthBytes);
  }

  async replace(name: string, bytes: Uint8Array): Promise<void> {
    // The old file is there until the new one is whole.
    if (this.usedBytes + bytes.length > this.spaceBytes) failWith("ENOSPC");
    this.#files.set(name, { bytes: Buffer.from(bytes), syncedBytes: bytes.length });
  }

  async rename(from: string, to: string): Promise<void> {
    this.#files.set(to, this.#of(from));
    this.#files.delete(from);
  }

  async remove(name: string): Promise<void> {
    this.#files.delete(name);
  }

  async close(): Promise<void> {}

  #of(name: string): File {
    const file = this.#files.get(name);
    if (!file) throw Object.assign(new Error(`ENOENT ${name}`), { code: "ENOENT" });
    return file;
  }
}

function failWith(code: string | undefined): void {
  if (code !== undefined) throw Object.assign(new Error(code), { code });
}
