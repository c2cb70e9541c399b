/** Faults of a line as composable middleware: each takes a chunk of bytes and hands on none, one or several. */

export type Direction = "to-reader" | "to-device";
export type Fault = (bytes: Uint8Array, next: (bytes: Uint8Array) => void, direction: Direction) => void;

/** Passes bytes through the faults in order, then to `end`. */
export function chainFaults(
  faults: readonly Fault[],
  direction: Direction,
  end: (bytes: Uint8Array) => void,
): (bytes: Uint8Array) => void {
  return faults.reduceRight<(bytes: Uint8Array) => void>(
    (next, fault) => (bytes) => fault(bytes, next, direction),
    end,
  );
}

/** Restricts a fault to one direction. */
export function only(direction: Direction, fault: Fault): Fault {
  return (bytes, next, actual) => (actual === direction ? fault(bytes, next, actual) : next(bytes));
}
