/** The sources in memory: who may send, and the two marks of each of their epochs (contract, section Delivery, 4). */
import { addressOf, type ParsedTopic } from "../../protocol/messages/topics.ts";
import type { Clock } from "../../protocol/time.ts";
import type { Store } from "../store/port.ts";
import type { SourceTable } from "../store/schema.ts";
import type { Contents } from "./contents.ts";
import { EPOCHS_MAX, SOURCES_MAX, UNKNOWN_MS, UNKNOWN_NAMES_MAX } from "./settings.ts";

export interface Mark {
  readonly source: KnownSource;
  readonly epoch: string;
  /** The last number accepted into memory, never below `committed`. */
  received: number;
  /** The last number in the database; only this is ever acknowledged. */
  committed: number;
  /** Raised when `received` falls back: what was queued before is no longer next. */
  generation: number;
  /** Hash of the hardware ids that this epoch was first seen with. */
  machine: string | null;
  /** Set when the source knew of a later commit than the database does: distinguishes this life of the database for it. */
  rewoundTo: number | undefined;
  contents: Contents | undefined;
  /** Resolves when the entry queued last is committed or given up. */
  tail: Promise<void>;
}

export interface KnownSource {
  readonly id: number;
  readonly name: string;
  readonly site: string;
  readonly ackTopic: ParsedTopic;
  state: SourceTable["state"];
  readonly marks: Map<string, Mark>;
  /** As last seen; null: not told. */
  address: string | null;
  /** Source clock minus centre clock in ms, as last heard. */
  offsetMs: number | null;
}

export class SourceBook {
  readonly #deps: { store: Store; clock: Clock };
  readonly #sources = new Map<string, KnownSource>();
  readonly #loading = new Map<string, Promise<KnownSource | undefined>>();
  readonly #unknown = new Map<string, number>();

  constructor(deps: { store: Store; clock: Clock }) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#sources.size;
  }

  /** The source of that name; a promise only when it must be read. Those who wait for the same one go on in the order they came. */
  find(name: string): KnownSource | undefined | Promise<KnownSource | undefined> {
    const loading = this.#loading.get(name);
    if (loading) return loading;
    const known = this.#sources.get(name);
    if (known) return known;
    const until = this.#unknown.get(name);
    if (until !== undefined && this.#deps.clock.monotonic() < until) return undefined;
    return this.reload(name);
  }

  /** Reads the source again: it may have been enrolled anew, or revoked. Its marks in memory stay. */
  reload(name: string): Promise<KnownSource | undefined> {
    const loading = this.#loading.get(name);
    if (loading) return loading;
    const reading = this.#read(name).finally(() => this.#loading.delete(name));
    this.#loading.set(name, reading);
    return reading;
  }

  async #read(name: string): Promise<KnownSource | undefined> {
    const row = await this.#deps.store.read
      .selectFrom("source")
      .select(["id", "name", "site", "state"])
      .where("name", "=", name)
      .where("kind", "!=", "centre")
      .executeTakeFirst();
    if (!row) return this.#forget(name);
    const known = this.#sources.get(name);
    if (known && known.id === row.id && known.site === row.site) {
      known.state = row.state;
      return known;
    }
    return await this.#load(row);
  }

  async #load(row: Pick<SourceTable, "name" | "site" | "state"> & { id: number }): Promise<KnownSource> {
    const source: KnownSource = {
      ...row,
      ackTopic: { ...addressOf(row.site, row.name), channel: "ack" },
      marks: new Map(),
      address: null,
      offsetMs: null,
    };
    for (const { epoch, committed, machine } of await this.#deps.store.marks(row.name)) {
      source.marks.set(epoch, newMark(source, epoch, committed, machine));
    }
    if (this.#sources.size >= SOURCES_MAX) this.#evictOne();
    this.#sources.set(row.name, source);
    this.#unknown.delete(row.name);
    return source;
  }

  #forget(name: string): undefined {
    this.#sources.delete(name);
    if (this.#unknown.size >= UNKNOWN_NAMES_MAX) this.#unknown.clear();
    this.#unknown.set(name, this.#deps.clock.monotonic() + UNKNOWN_MS);
    return undefined;
  }

  /** Only a source with nothing on its way to the database may go: its marks in memory are then those of the database. */
  #evictOne(): void {
    for (const [name, source] of this.#sources) {
      if ([...source.marks.values()].some((mark) => mark.received !== mark.committed)) continue;
      this.#sources.delete(name);
      return;
    }
  }
}

/** The mark of an epoch, begun at 0 for one not seen before; undefined when the source has begun too many. */
export function markOf(source: KnownSource, epoch: string): Mark | undefined {
  const known = source.marks.get(epoch);
  if (known || source.marks.size >= EPOCHS_MAX) return known;
  const mark = newMark(source, epoch, 0, null);
  source.marks.set(epoch, mark);
  return mark;
}

/** Everything received and not committed is given up; the source sends it again. */
export function fallBack(mark: Mark, committed: number): void {
  mark.received = committed;
  mark.committed = committed;
  mark.generation++;
  mark.contents = undefined;
}

function newMark(source: KnownSource, epoch: string, committed: number, machine: string | null): Mark {
  return {
    source,
    epoch,
    received: committed,
    committed,
    generation: 0,
    machine,
    rewoundTo: undefined,
    contents: undefined,
    tail: Promise.resolve(),
  };
}
