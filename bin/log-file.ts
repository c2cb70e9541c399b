/** What the children of `npm start` log, in a file of bounded size that an administrator can read and send on. */
import { appendFileSync, renameSync, statSync } from "node:fs";

/** Of the present file; the one before it is kept beside it as `.1`. */
export const LOG_BYTES_MAX = 10 * 1024 * 1024;

export class LogFile {
  readonly path: string;
  readonly #bytesMax: number;
  #bytes: number;

  constructor(path: string, bytesMax = LOG_BYTES_MAX) {
    this.path = path;
    this.#bytesMax = bytesMax;
    this.#bytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** A disk that is full must not end what reports it: the line is lost then. */
  write(line: string): void {
    try {
      if (this.#bytes >= this.#bytesMax) this.#turn();
      appendFileSync(this.path, `${line}\n`, { mode: 0o600 });
      this.#bytes += Buffer.byteLength(line) + 1;
    } catch {
      this.#bytes = statSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
    }
  }

  #turn(): void {
    renameSync(this.path, `${this.path}.1`);
    this.#bytes = 0;
  }
}
