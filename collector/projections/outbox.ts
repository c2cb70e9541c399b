/** What one batch of records has changed, gathered until it is written in one transaction. */
import type {
  AlertTable,
  ChangeTable,
  FindingEventTable,
  FindingTable,
  PunchTable,
  SettingTable,
} from "../store/schema.ts";

export interface Change {
  at: number;
  type: ChangeTable["type"];
  key: string;
}

/** What a decision makes of the row of a punch. */
export interface JudgedPunch {
  id: number;
  decision: "accepted" | "rejected";
  decisionId: number;
  /** The time decided, ms UTC; undefined: again the one that the clock showed. */
  at: number | undefined;
}

export class Outbox {
  readonly machines = new Set<number>();
  readonly pcs = new Set<number>();
  readonly grants = new Set<number>();
  readonly clocks = new Set<string>();
  /** PC -> codes of rules whose verdict rows differ. */
  readonly verdicts = new Map<number, Set<string>>();
  readonly punches: PunchTable[] = [];
  /** In the order of the log. */
  readonly judgedPunches: JudgedPunch[] = [];
  readonly findings = new Map<number, FindingTable>();
  readonly findingEvents: FindingEventTable[] = [];
  readonly alerts: AlertTable[] = [];
  readonly settings: SettingTable[] = [];
  readonly changes: Change[] = [];
  /** Names of sources whose posture names a content that the centre does not have. */
  readonly stale = new Set<string>();
  deaf = false;
  /** Working days were entered. */
  entered = false;
  readonly #told = new Set<string>();

  /** The row of a PC differs; `at`: and in a way that is worth telling. */
  machine(id: number, at?: number): void {
    this.machines.add(id);
    if (at !== undefined) this.#tellOnce({ at, type: "machine", key: String(id) });
  }

  pc(id: number, at?: number): void {
    this.pcs.add(id);
    if (at !== undefined) this.#tellOnce({ at, type: "machine", key: String(id) });
  }

  clock(clock: string, at?: number): void {
    this.clocks.add(clock);
    if (at !== undefined) this.#tellOnce({ at, type: "clock", key: clock });
  }

  source(id: number, at: number): void {
    this.#tellOnce({ at, type: "source", key: String(id) });
  }

  punch(row: PunchTable, at: number): void {
    this.punches.push(row);
    this.changes.push({ at, type: "punch", key: String(row.id) });
  }

  judgedPunch(judged: JudgedPunch, at: number): void {
    this.judgedPunches.push(judged);
    this.changes.push({ at, type: "punch", key: String(judged.id) });
  }

  verdict(id: number, rule: string): void {
    const rules = this.verdicts.get(id);
    if (rules) rules.add(rule);
    else this.verdicts.set(id, new Set([rule]));
  }

  /** The row as it is after the event. */
  finding(row: FindingTable, event: FindingEventTable): void {
    this.findings.set(row.id, row);
    this.findingEvents.push(event);
    this.changes.push({ at: event.at, type: "finding", key: String(row.id) });
  }

  alert(row: AlertTable): void {
    this.alerts.push(row);
    this.changes.push({ at: row.at, type: "alert", key: String(row.id) });
  }

  /** Who reads a change reads the row as it is by then: in one batch once is enough. */
  #tellOnce(change: Change): void {
    const key = `${change.type} ${change.key}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.changes.push(change);
  }
}
