/** Rows of the centre about attendance, read from the log as it grows: the book of now, and the book as it was known at any moment. */
import assert from "node:assert/strict";
import { EvidenceBook, type EvidenceDecision } from "../attendance/evidence/evidence-book.ts";
import { isAttendanceKind } from "../registry/attendance-decisions.ts";
import { CENTRE_SOURCE, type DecisionBody } from "../registry/decisions.ts";
import { isPunchDecisionKind } from "../registry/punch-decisions.ts";
import type { Store } from "../store/port.ts";
import { type OwnerOf, ownersOf } from "./punches.ts";
import { SettingsInForce } from "./settings-in-force.ts";
import { Subjects } from "./subjects.ts";

const READ_PAGE = 5000;

interface LoggedDecision {
  id: number;
  decision: EvidenceDecision;
  committedAt: number;
}

export class EvidenceLog {
  /** Grows with each `refresh`. */
  readonly present = new EvidenceBook();
  readonly settings = new SettingsInForce();
  readonly #store: Pick<Store, "read" | "onCommitted">;
  readonly #rows: LoggedDecision[] = [];
  readonly #subjects = new Subjects();
  /** Whom each row touches, those of settings too; undefined: perhaps anybody. */
  readonly #touched: (readonly string[] | undefined)[] = [];
  #lastRecord = 0;
  #isStale = true;
  #reading: Promise<void> = Promise.resolve();
  #presentOwners: OwnerOf | undefined;

  constructor(store: Pick<Store, "read" | "onCommitted">) {
    this.#store = store;
    // For as long as the store is open: nothing need be read when nothing was committed.
    store.onCommitted(() => {
      this.#isStale = true;
    });
  }

  /** Rows so far. */
  get size(): number {
    return this.#touched.length;
  }

  /** Whom the rows after the first `count` touch; undefined: perhaps anybody. */
  touchedSince(count: number): ReadonlySet<string> | undefined {
    const people = new Set<string>();
    for (const some of this.#touched.slice(count)) {
      if (some === undefined) return undefined;
      for (const person of some) people.add(person);
    }
    return people;
  }

  /** Reads what was committed since the last look, one look at a time; after a failure the next one tries again. */
  refresh(): Promise<void> {
    if (this.#isStale) {
      this.#isStale = false;
      const read = () => this.#read();
      this.#reading = this.#reading.then(read, read);
    }
    return this.#reading;
  }

  replay(): Replay {
    return new Replay(this.#rows);
  }

  /** Whose a user id is by that book. */
  ownersIn(book: EvidenceBook): OwnerOf {
    if (book !== this.present) return ownersOf(book.staff.values());
    this.#presentOwners ??= ownersOf(book.staff.values());
    return this.#presentOwners;
  }

  async #read(): Promise<void> {
    try {
      const newest = await this.#newestRecord();
      if (newest > this.#lastRecord) await this.#readUpTo(newest);
    } catch (error) {
      this.#isStale = true;
      throw error;
    }
  }

  async #readUpTo(newest: number): Promise<void> {
    for (;;) {
      const rows = await this.#store.read
        .selectFrom("record")
        .innerJoin("mark", "mark.id", "record.mark_id")
        .innerJoin("source", "source.id", "mark.source_id")
        .select(["record.id", "record.kind", "record.committed_at", "record.body"])
        .where("record.id", ">", this.#lastRecord)
        .where("record.id", "<=", newest)
        .where("source.name", "=", CENTRE_SOURCE)
        .orderBy("record.id")
        .limit(READ_PAGE)
        .execute();
      for (const row of rows) this.#take(row);
      if (rows.length < READ_PAGE) break;
    }
    // Beyond the last row of the centre too: the next look must not pass over all punches since.
    this.#lastRecord = newest;
  }

  async #newestRecord(): Promise<number> {
    const query = this.#store.read.selectFrom("record").select("id").orderBy("id", "desc").limit(1);
    return (await query.executeTakeFirst())?.id ?? 0;
  }

  #take(row: { id: number; kind: string; committed_at: number; body: string }): void {
    this.#lastRecord = row.id;
    if (row.kind === "setting.changed") this.#takeSetting(JSON.parse(row.body), row.committed_at);
    if (!isAttendanceKind(row.kind) && !isPunchDecisionKind(row.kind)) return;
    const decision = { kind: row.kind, body: JSON.parse(row.body) } as EvidenceDecision;
    this.#rows.push({ id: row.id, decision, committedAt: row.committed_at });
    this.#touched.push(this.#subjects.take(decision));
    this.present.apply(decision, row.committed_at, row.id);
    if (row.kind === "staff.registered") this.#presentOwners = undefined;
  }

  #takeSetting(body: DecisionBody<"setting.changed">, committedAt: number): void {
    if (this.settings.take(body, committedAt)) this.#touched.push(undefined);
  }
}

/** A book that is brought from one moment to a later one. */
export class Replay {
  readonly #rows: readonly LoggedDecision[];
  readonly #book = new EvidenceBook();
  #applied = 0;
  #reached = Number.NEGATIVE_INFINITY;

  constructor(rows: readonly LoggedDecision[]) {
    this.#rows = rows;
  }

  /** The same book each time, with what was committed by `asOf`, which must not decrease; stamps do not along the log. */
  until(asOf: number): EvidenceBook {
    assert(asOf >= this.#reached);
    this.#reached = asOf;
    for (let next = this.#rows[this.#applied]; next && next.committedAt <= asOf; next = this.#rows[this.#applied]) {
      this.#book.apply(next.decision, next.committedAt, next.id);
      this.#applied++;
    }
    return this.#book;
  }
}
