/** Counting what goes wrong on a line. */
import type { LineErrors } from "./driver.ts";

export function noLineErrors(): LineErrors {
  return { discardedBytes: 0, crcErrors: 0, timeouts: 0, refused: 0, droppedBiometric: 0, strays: 0 };
}

/** Bytes that a splitter made nothing of. */
export function countDiscarded(
  errors: LineErrors,
  { reason, lengthBytes }: { reason: string; lengthBytes: number },
): void {
  errors.discardedBytes += lengthBytes;
  if (reason === "checksum") errors.crcErrors += 1;
}
