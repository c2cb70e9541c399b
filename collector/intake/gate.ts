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
  #releasing = false;

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
    if (this.#releasing || this.#waiting.length === 0) return;
    this.#releasing = true;
    setImmediate(() => this.#release());
  }

  /** Turns everyone away. */
  close(): void {
    this.#closed = true;
    for (const turnAway of this.#waiting.splice(0)) turnAway(false);
  }

  /** One in each turn of the event loop: it fills the queue in this turn, and the next commit need not wait for all of them. */
  #release(): void {
    this.#releasing = false;
    if (this.#closed || this.#deps.full()) return;
    this.#waiting.shift()?.(true);
    this.open();
  }
}
