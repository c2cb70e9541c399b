/** Rows by their id, and found by their person: when everybody is computed, each is asked for in turn. */
export class RowsOfPeople<Row extends { id: string; person: string }> {
  readonly #rows = new Map<string, Row>();
  readonly #ofPerson = new Map<string, Map<string, Row>>();

  /** Takes the place of the row with the same id, whosever it was. */
  set(row: Row): void {
    const { id, person } = row;
    const before = this.#rows.get(id);
    if (before && before.person !== person) this.#ofPerson.get(before.person)?.delete(id);
    this.#rows.set(id, row);
    const own = this.#ofPerson.get(person);
    if (own) own.set(id, row);
    else this.#ofPerson.set(person, new Map([[id, row]]));
  }

  /** Without such a row nothing is changed. */
  change(id: string, part: Partial<Row>): void {
    const row = this.#rows.get(id);
    if (row) this.set({ ...row, ...part });
  }

  get(id: string): Row | undefined {
    return this.#rows.get(id);
  }

  /** In the order in which they first came. */
  of(person: string): Row[] {
    return [...(this.#ofPerson.get(person)?.values() ?? [])];
  }
}
