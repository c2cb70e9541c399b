/** Back-pressure: while the queue is full, publications wait in the order they came, and their PUBACK with them. */

export interface GateDeps {
  /** Whether what stands behind the gate is full. */
  full: () => boolean;
  waitingMax: number;
}

export class Gate {
  readonly #deps: GateDeps;
  readonly #waiting: ((passed: boolean) => void)[] = [];
  #closed = false;

  constructor(deps: GateDeps) {
    this.#deps = deps;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** True when nobody waits and there is room: one may pass without asking. */
  get isOpen(): boolean {
    return !this.#closed && this.#waiting.length === 0 && !this.#deps.full();
  }

  /** Resolves with true once there is room; with false when too many wait already, or the gate closes. */
  pass(): Promise<boolean> {
    if (this.#closed || this.#waiting.length >= this.#deps.waitingMax) return Promise.resolve(false);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Lets one after the other through as long as there is room. To be called when room was made. */
  open(): void {
    this.#release().catch(() => {});
  }

  /** Turns everyone away. */
  close(): void {
    this.#closed = true;
    for (const turnAway of this.#waiting.splice(0)) turnAway(false);
  }

  async #release(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#deps.full()) {
      this.#waiting.shift()?.(true);
      // The one let through fills the queue in this turn, if it does.
      await null;
    }
  }
}
