/** A write that ends in time, for lines over one of Node's streams. */
import { AppError } from "../../../protocol/errors.ts";
import type { Clock } from "../../../protocol/time.ts";

interface BoundedWrite {
  /** The line's, for what is said of a failure. */
  name: string;
  timeoutMs: number;
  clock: Clock;
}

/** `write` calls back when the system has taken the bytes. Rejects with AppError `line-write-timeout`, `line-write-failed`. */
export function writeWithin(
  { name, timeoutMs, clock }: BoundedWrite,
  write: (done: (cause?: Error | null) => void) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(timeoutMs, () => {
      reject(new AppError("line-write-timeout", `${name} took no bytes for ${timeoutMs} ms`));
    });
    write((cause) => {
      cancel();
      if (cause) reject(new AppError("line-write-failed", `${name} cannot be written`, { cause }));
      else resolve();
    });
  });
}
