/** Moments at which a PC must be looked at again, earliest first, PCs of one moment in the order of their ids. */
interface Entry {
  at: number;
  id: number;
}

const SLACK = 64;

/** A binary heap; a PC has at most one deadline that holds, older ones are dropped when they come up. */
export class Deadlines {
  readonly #heap: Entry[] = [];
  readonly #current = new Map<number, number>();

  /** Sets or moves the deadline of `id`; null: it has none. */
  set(id: number, at: number | null): void {
    if (at === null) this.#current.delete(id);
    else if (this.#current.get(id) !== at) {
      this.#current.set(id, at);
      this.#push({ at, id });
      if (this.#heap.length > 4 * this.#current.size + SLACK) this.#compact();
    }
  }

  /** The earliest moment, if any. */
  get next(): number | undefined {
    return this.#first()?.at;
  }

  /** Takes the earliest deadline before `until`, if there is one. */
  takeBefore(until: number): Entry | undefined {
    const first = this.#first();
    if (!first || first.at >= until) return undefined;
    this.#removeTop();
    this.#current.delete(first.id);
    return first;
  }

  #first(): Entry | undefined {
    for (let top = this.#heap[0]; top; top = this.#heap[0]) {
      if (this.#current.get(top.id) === top.at) return top;
      this.#removeTop();
    }
    return undefined;
  }

  #push(entry: Entry): void {
    this.#heap.push(entry);
    this.#rise(this.#heap.length - 1);
  }

  /** Drops what no longer holds, so that the heap stays in proportion to the PCs. */
  #compact(): void {
    const holding = [...this.#current].map(([id, at]) => ({ at, id }));
    this.#heap.length = 0;
    for (const entry of holding) this.#push(entry);
  }

  #removeTop(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(start: number): void {
    let index = start;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) return;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #sink(start: number): void {
    let index = start;
    for (;;) {
      const left = 2 * index + 1;
      let least = index;
      if (left < this.#heap.length && this.#isBefore(left, least)) least = left;
      if (left + 1 < this.#heap.length && this.#isBefore(left + 1, least)) least = left + 1;
      if (least === index) return;
      this.#swap(index, least);
      index = least;
    }
  }

  #isBefore(one: number, other: number): boolean {
    const [a, b] = [this.#heap[one] as Entry, this.#heap[other] as Entry];
    return a.at < b.at || (a.at === b.at && a.id < b.id);
  }

  #swap(one: number, other: number): void {
    const [a, b] = [this.#heap[one] as Entry, this.#heap[other] as Entry];
    this.#heap[one] = b;
    this.#heap[other] = a;
  }
}
