/** Subscribers to one kind of event. */
export class Listeners<T> {
  readonly #handlers = new Set<(value: T) => void>();

  /** Returns the function that unsubscribes. */
  readonly add = (handler: (value: T) => void): (() => void) => {
    this.#handlers.add(handler);
    return () => {
      this.#handlers.delete(handler);
    };
  };

  tell(value: T): void {
    for (const handler of [...this.#handlers]) handler(value);
  }
}
