/** Keeps the producer of a sequence working while its consumer is busy, a bounded number of items ahead. */

interface Slot<T> {
  resolve(result: IteratorResult<T>): void;
  reject(error: unknown): void;
}

/**
 * Iterates `source`, which is started at once and asked for up to `aheadMax` items more than were taken. An error comes
 * after the items before it. Leaving the loop ends the source.
 */
export async function* prefetch<T>(source: AsyncIterable<T>, aheadMax: number): AsyncGenerator<T> {
  const pump = new Pump(source[Symbol.asyncIterator](), aheadMax);
  try {
    for (let result = await pump.take(); !result.done; result = await pump.take()) yield result.value;
  } finally {
    await pump.stop();
  }
}

class Pump<T> {
  readonly #source: AsyncIterator<T>;
  readonly #aheadMax: number;
  readonly #ready: IteratorResult<T>[] = [];
  #failure: { error: unknown } | undefined;
  #taker: Slot<T> | undefined;
  #working = false;
  #ended = false;

  constructor(source: AsyncIterator<T>, aheadMax: number) {
    this.#source = source;
    this.#aheadMax = aheadMax;
    this.#work();
  }

  take(): Promise<IteratorResult<T>> {
    return new Promise((resolve, reject) => {
      this.#taker = { resolve, reject };
      this.#serve();
      this.#work();
    });
  }

  async stop(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#source.return?.();
  }

  #work(): void {
    if (this.#working || this.#ended || this.#ready.length >= this.#aheadMax) return;
    this.#working = true;
    this.#source.next().then(
      (result) => this.#put(result),
      (error: unknown) => this.#fail(error),
    );
  }

  #put(result: IteratorResult<T>): void {
    this.#working = false;
    if (result.done) this.#ended = true;
    this.#ready.push(result);
    this.#serve();
    this.#work();
  }

  #fail(error: unknown): void {
    this.#working = false;
    this.#ended = true;
    this.#failure = { error };
    this.#serve();
  }

  #serve(): void {
    const taker = this.#taker;
    if (!taker) return;
    const next = this.#ready.shift();
    if (!next && !this.#failure) return;
    this.#taker = undefined;
    if (next) taker.resolve(next);
    else taker.reject(this.#failure?.error);
  }
}
