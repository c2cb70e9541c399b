/** What a simulated device needs of the cable: a place where a reader finds it, and bytes in both directions. */
export interface VirtualPort {
  /** Where a reader opens it: a symbolic link that stays the same over unplugging and plugging in. */
  readonly path: string;
  readonly plugged: boolean;
  /** Bytes that the other side had no room for: a serial line has no one to wait for. */
  readonly overrunBytes: number;
  /** Called with every chunk that the reader wrote. */
  onBytes: (bytes: Uint8Array) => void;
  plug(): Promise<void>;
  /** Takes the device away as a pulled cable does: the path vanishes and the reader's descriptor hangs up. */
  unplug(): Promise<void>;
  write(bytes: Uint8Array): void;
  /** The rate that the reader has set, in baud; undefined when it cannot be told. */
  readerBaud(): number | undefined;
}
