/** Rows by their id, and found by their person: when everybody is computed, each is asked for in turn. */
export class RowsOfPeople<Row extends { id: string; person: string }> {
  readonly #owners = new Map<string, string>();
  readonly #rows = new Map<string, Map<string, Row>>();

  /** Takes the place of the row with the same id, whosever it was. */
  set(row: Row): void {
    const { id, person } = row;
    const before = this.#owners.get(id);
    if (before !== undefined && before !== person) this.#rows.get(before)?.delete(id);
    this.#owners.set(id, person);
    const own = this.#rows.get(person);
    if (own) own.set(id, row);
    else this.#rows.set(person, new Map([[id, row]]));
  }

  get(id: string): Row | undefined {
    const owner = this.#owners.get(id);
    return owner === undefined ? undefined : this.#rows.get(owner)?.get(id);
  }

  /** In the order in which they first came. */
  of(person: string): Row[] {
    return [...(this.#rows.get(person)?.values() ?? [])];
  }
}
