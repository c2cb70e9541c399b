/**
 * Presence as the centre believes it. A will tells that a connection died, not that a PC did: `lost` must stand for a while, and an old
 * session's will says nothing about the session that replaced it (contract, section Records).
 */
import type { Log } from "../../protocol/log.ts";
import type { Status } from "../../protocol/messages/envelope.ts";
import type { Clock } from "../../protocol/time.ts";
import type { DecisionBody } from "../registry/decisions.ts";
import { type Target, upsertRows } from "../store/bulk.ts";
import type { Store } from "../store/port.ts";
import type { PresenceTable } from "../store/schema.ts";
import type { IntakeSettings } from "./settings.ts";
import type { KnownSource } from "./source-book.ts";

interface Believed {
  state: PresenceTable["state"] | undefined;
  session: string;
  sessionAt: number;
  /** Stops the wait for a `lost` to be believed. */
  cancelWait?: () => void;
}

interface Change {
  sourceId: number;
  sessionAt: number;
  body: DecisionBody<"presence">;
}

const PRESENCE: Target = {
  table: "presence",
  key: ["source_id"],
  columns: ["source_id", "state", "session", "session_at", "changed_at"],
};

export interface PresenceDeps {
  store: Store;
  clock: Clock;
  log: Log;
  settings: IntakeSettings;
}

export class Presence {
  readonly #deps: PresenceDeps;
  readonly #believed = new Map<number, Believed>();
  /** Sources that were online when the centre last stopped and have not been heard since. */
  readonly #awaited = new Map<number, string>();
  #cancelReturn: (() => void) | undefined;
  /** At most one change per source: what was not written yet is overtaken by what came after. */
  #unwritten = new Map<number, Change>();
  #writing: Promise<void> | undefined;
  #closed = false;
  #cancelRetry: (() => void) | undefined;

  constructor(deps: PresenceDeps) {
    this.#deps = deps;
  }

  /** Takes up what was believed before; who was online then and is not heard in time is lost. */
  async open(): Promise<void> {
    const rows = await this.#deps.store.read
      .selectFrom("presence")
      .innerJoin("source", "source.id", "presence.source_id")
      .select(["presence.source_id", "source.name", "presence.state", "presence.session", "presence.session_at"])
      .execute();
    for (const row of rows) {
      this.#believed.set(row.source_id, { state: row.state, session: row.session, sessionAt: row.session_at });
      if (row.state === "online") this.#awaited.set(row.source_id, row.name);
    }
    this.#cancelReturn = this.#deps.clock.after(this.#deps.settings.returnWaitMs, () => this.#giveUpAwaited());
  }

  get waiting(): number {
    return this.#awaited.size + [...this.#believed.values()].filter((believed) => believed.cancelWait).length;
  }

  /** To be told of every message of a source. */
  heard(source: KnownSource): void {
    if (this.#awaited.size > 0) this.#awaited.delete(source.id);
  }

  /** Resolves when what the status changed is committed; at once when it changed nothing. */
  async status(source: KnownSource, status: Status): Promise<void> {
    const at = Date.parse(status.at);
    const believed = this.#believed.get(source.id) ?? { state: undefined, session: status.session, sessionAt: at };
    this.#believed.set(source.id, believed);
    if (status.state !== "online" && isStale(believed, status.session, at)) return;
    believed.session = status.session;
    believed.sessionAt = at;
    if (status.state === "lost") return this.#waitOut(source, believed, status);
    believed.cancelWait?.();
    delete believed.cancelWait;
    await this.#believe(source, believed, status);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelReturn?.();
    this.#cancelRetry?.();
    for (const believed of this.#believed.values()) believed.cancelWait?.();
    await this.#writing;
  }

  /** A source that said it was stopping is gone as it said; its will adds nothing. */
  #waitOut(source: KnownSource, believed: Believed, status: Status): void {
    if (believed.cancelWait || believed.state === "stopping" || believed.state === "lost") return;
    believed.cancelWait = this.#deps.clock.after(this.#deps.settings.flapMs, () => {
      delete believed.cancelWait;
      void this.#believe(source, believed, status);
    });
  }

  async #believe(source: KnownSource, believed: Believed, { state, cause }: Status): Promise<void> {
    if (believed.state === state) return;
    believed.state = state;
    await this.#note(source.id, believed.sessionAt, {
      source: source.name,
      state,
      session: believed.session,
      ...(cause && { cause }),
      ...(source.address !== null && { address: source.address }),
      offsetMs: source.offsetMs,
    });
  }

  #giveUpAwaited(): void {
    for (const [sourceId, name] of this.#awaited) {
      const believed = this.#believed.get(sourceId);
      if (!believed) continue;
      believed.state = "lost";
      const body = { source: name, state: "lost" as const, session: believed.session, offsetMs: null };
      void this.#note(sourceId, believed.sessionAt, body);
    }
    this.#awaited.clear();
  }

  async #note(sourceId: number, sessionAt: number, body: DecisionBody<"presence">): Promise<void> {
    this.#unwritten.set(sourceId, { sourceId, sessionAt, body });
    this.#writing ??= this.#writeAll();
    await this.#writing;
  }

  /** While one transaction is being synced, changes gather for the next. After the close each is tried once more. */
  async #writeAll(): Promise<void> {
    while (this.#unwritten.size > 0) {
      const changes = this.#unwritten;
      this.#unwritten = new Map();
      try {
        await this.#write([...changes.values()]);
      } catch (error) {
        this.#deps.log.error({ err: error, sources: changes.size }, "cannot note presence now");
        this.#unwritten = new Map([...changes, ...this.#unwritten]);
        if (this.#closed) break;
        await this.#pause();
      }
    }
    this.#writing = undefined;
  }

  async #write(changes: Change[]): Promise<void> {
    const { store } = this.#deps;
    await store.write(async (tx) => {
      await store.appendDecisions(
        changes.map(({ body }) => ({ kind: "presence", body })),
        tx,
      );
      const rows = changes.map(({ sourceId, sessionAt, body }) => ({
        source_id: sourceId,
        state: body.state,
        session: body.session,
        session_at: sessionAt,
        changed_at: store.stamp(),
      }));
      await upsertRows(tx, PRESENCE, rows);
    });
  }

  async #pause(): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#deps.clock.after(this.#deps.settings.retryMs, resolve);
      this.#cancelRetry = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** The will of a session that another one has replaced. A session that was never announced, but began later, is not stale. */
function isStale(believed: Believed, session: string, at: number): boolean {
  return session !== believed.session && at <= believed.sessionAt;
}
