/** A line carries bytes to a clock and back; what they mean is the driver's business. */

export interface LineCounters {
  bytesIn: number;
  bytesOut: number;
}

export interface Line {
  /** What people call it: `/dev/ttyUSB0`, `COM3`. */
  readonly name: string;
  readonly counters: Readonly<LineCounters>;
  /**
   * Rejects with AppError `line-absent` (no such port), `line-denied` (the user may not), `line-open-failed` (busy, or
   * whatever the system says).
   */
  open(): Promise<void>;
  /**
   * Resolves when the system has taken the bytes. Rejects with AppError `line-closed`, `line-write-timeout`,
   * `line-write-failed`; never queues for a later open.
   */
  write(bytes: Uint8Array, timeoutMs: number): Promise<void>;
  /** Bytes as the reads gave them; valid only during the call. Returns the function that unsubscribes. */
  onData(handler: (bytes: Uint8Array) => void): () => void;
  /** Called once for each open line that is lost without `close` having been asked for. */
  onLost(handler: (reason: string) => void): () => void;
  /** Idempotent; resolves also when the device is gone. */
  close(): Promise<void>;
}
