/** Handlers of one kind of event; a handler that unsubscribes while being called disturbs no other. */
export class Subscribers<Args extends unknown[]> {
  #handlers: ReadonlyArray<(...args: Args) => void> = [];

  add(handler: (...args: Args) => void): () => void {
    this.#handlers = [...this.#handlers, handler];
    return () => {
      this.#handlers = this.#handlers.filter((other) => other !== handler);
    };
  }

  call(...args: Args): void {
    for (const handler of this.#handlers) handler(...args);
  }
}
