/** A site in small: a real store, sources that append to it, and projectors over it, all in virtual time. */
import { onTestFinished } from "vitest";
import { createCalendar } from "../../../../collector/calendar/calendar.ts";
import { type ComplianceSettings, DEFAULT_COMPLIANCE_SETTINGS } from "../../../../collector/compliance/settings.ts";
import { createProjector, type Projector, type ProjectorDeps } from "../../../../collector/projections/runner.ts";
import type { Decision } from "../../../../collector/registry/decisions.ts";
import type { Store } from "../../../../collector/store/port.ts";
import { SILENT_LOG } from "../../../../protocol/log.ts";
import { addSource, openTestStore } from "../../../support/test-store.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";
import { goodPc, type PcState, postureOf, siteTime } from "./reports.ts";

const EPOCH = "00000000000000aa";

export class Site {
  readonly clock: VirtualClock;
  readonly store: Store;
  readonly projector: Projector;
  readonly #committed = new Map<string, number>();

  private constructor(clock: VirtualClock, store: Store, deps: Partial<ProjectorDeps>) {
    this.clock = clock;
    this.store = store;
    this.projector = this.newProjector(deps);
  }

  /** Begins on a Monday morning. */
  static async open(options: { start?: string } & Partial<ProjectorDeps> = {}): Promise<Site> {
    const { start = "2026-11-23 08:00", ...deps } = options;
    const clock = new VirtualClock(siteTime(start));
    return new Site(clock, await openTestStore({ clock }), deps);
  }

  get now(): number {
    return this.clock.now();
  }

  newProjector(deps: Partial<ProjectorDeps> = {}): Projector {
    const { store, clock } = this;
    const defaults = { settings: DEFAULT_COMPLIANCE_SETTINGS, calendar: createCalendar(), log: SILENT_LOG };
    const projector = createProjector({ store, clock, ...defaults, ...deps });
    onTestFinished(() => projector.stop());
    return projector;
  }

  /** Lets time pass, and the projections with it. */
  async until(text: string): Promise<void> {
    const ms = siteTime(text) - this.now;
    if (ms < 0) throw new Error(`${text} is over`);
    await this.clock.advance(ms);
    await this.projector.catchUp();
  }

  async pass(ms: number): Promise<void> {
    await this.clock.advance(ms);
    await this.projector.catchUp();
  }

  async decide(...decisions: Decision[]): Promise<number[]> {
    return await this.store.appendDecisions(decisions);
  }

  async enrol(name: string, kind: "agent" | "reader" = "agent"): Promise<void> {
    await addSource(this.store, name, kind);
    await this.decide({
      kind: "source.enrolled",
      body: { source: name, kind, hostname: name, simulated: false, by: "test" },
    });
  }

  /** A registered PC that is online, with its address in the ledger. */
  async office(name: string, pc: Partial<PcState> = {}): Promise<PcState> {
    const state = goodPc(this.now, { hostname: name, ...pc });
    await this.enrol(name);
    await this.online(name);
    await this.approve(name);
    await this.grant(name, state.address);
    await this.report(name, state, "start");
    await this.projector.catchUp();
    return state;
  }

  async approve(name: string, role: "desktop" | "server" = "desktop"): Promise<void> {
    const entry = { unit: "信息技术处", custodian: "王", role, zone: "inner", note: null, by: "test" } as const;
    await this.decide({ kind: "pc.registered", body: { source: name, state: "approved", ...entry } });
  }

  async grant(name: string, address: string, from = "2026-01-01", to: string | null = null): Promise<number> {
    const body = { source: name, address, from, to, reference: "2026-1", by: "test" };
    const [id = 0] = await this.decide({ kind: "ip.granted", body });
    return id;
  }

  async online(name: string): Promise<void> {
    await this.presence(name, "online");
  }

  async presence(name: string, state: "online" | "stopping" | "lost"): Promise<void> {
    const body = { source: name, state, session: "s", offsetMs: null };
    await this.decide({ kind: "presence", body });
  }

  async report(name: string, pc: PcState, reason: "start" | "change" | "daily" = "change"): Promise<void> {
    await this.record(name, "posture", postureOf(pc, this.now, reason));
  }

  /** Commits records of one source; `at` defaults to now. */
  async record(name: string, kind: string, body: object, { at = this.now, offsetMs = 0 } = {}): Promise<void> {
    const committed = this.#committed.get(name) ?? 0;
    const record = { seq: committed + 1, kind, at, body: JSON.stringify(body) };
    await this.store.commitGroups([
      {
        source: name,
        site: "hall",
        epoch: EPOCH,
        expected: committed,
        first: committed + 1,
        count: 1,
        receivedAt: this.now,
        address: "10.9.9.9",
        offsetMs,
        records: [record],
        quarantined: [],
      },
    ]);
    this.#committed.set(name, committed + 1);
  }

  /**
   * Findings as `RULE state`, in the order of their opening; those of one PC, or of all as `pc: RULE state`. Without the one
   * that every PC has between its enrolment and its approval.
   */
  async findings(name?: string): Promise<string[]> {
    const rows = await this.store.read.selectFrom("finding").selectAll().orderBy("id").execute();
    return rows
      .filter(({ subject }) => name === undefined || subject === name)
      .filter(({ rule, state }) => rule !== "XC1-unregistered" || state === "open")
      .map(({ subject, rule, state }) => `${name === undefined ? `${subject}: ` : ""}${rule} ${state}`);
  }

  async verdict(name: string, rule: string): Promise<string | undefined> {
    const row = await this.store.read
      .selectFrom("verdict")
      .innerJoin("source", "source.id", "verdict.source_id")
      .select(["verdict", "reason"])
      .where("source.name", "=", name)
      .where("rule", "=", rule)
      .executeTakeFirst();
    return row && (row.reason === null ? row.verdict : `${row.verdict}: ${row.reason}`);
  }

  async rows(): Promise<Record<string, unknown[]>> {
    return await projectedRows(this.store);
  }
}

const PROJECTED = [
  "pc",
  "ip_grant",
  "machine",
  "punch",
  "clock",
  "finding",
  "finding_event",
  "alert",
  "verdict",
  "setting",
  "cursor",
  "projection_state",
] as const;

/** Every row that the projections have written, as it stands. */
export async function projectedRows(store: Store): Promise<Record<string, unknown[]>> {
  const tables: Record<string, unknown[]> = {};
  for (const table of PROJECTED) {
    const rows = await store.read.selectFrom(table).selectAll().execute();
    tables[table] = rows.map((row) => JSON.stringify(row)).sort();
  }
  return tables;
}

export function settingsWith(more: Partial<ComplianceSettings>): ComplianceSettings {
  return { ...DEFAULT_COMPLIANCE_SETTINGS, ...more };
}
