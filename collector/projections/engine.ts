/**
 * The projections as a discrete-event simulation over the log: records in the order of their ids at the virtual time
 * `committed_at`, and between them every deadline at exactly its moment, strictly before what comes next. Live and rebuild
 * run this code and no other, so they give the same rows. No clock, no database.
 */
import { type Calendar, enterYear, layOver } from "../calendar/calendar.ts";
import { WorkingHours } from "../calendar/working-hours.ts";
import type { Rule } from "../compliance/rule.ts";
import type { ComplianceSettings } from "../compliance/settings.ts";
import { CENTRE_SOURCE, type DecisionBody } from "../registry/decisions.ts";
import { isPunchDecisionKind } from "../registry/punch-decisions.ts";
import { complianceSettings } from "../registry/settings.ts";
import { applyAgentRecord } from "./agent-records.ts";
import { applyClock, applyPunch, applyPunchDecision } from "./clock-records.ts";
import { type JudgeDeps, judge } from "./judge.ts";
import type { LogRecord } from "./log-record.ts";
import type { Machine } from "./machine-state.ts";
import type { Outbox } from "./outbox.ts";
import { applyCentreStarted, applyPresence } from "./presence.ts";
import {
  applyDuplicate,
  applyEnrolled,
  applyGranted,
  applyRegistered,
  applyRevoked,
  applyRevokedGrant,
  applySetting,
} from "./registry.ts";
import type { World } from "./world.ts";

export interface EngineDeps {
  rules: readonly Rule[];
  settings: ComplianceSettings;
  calendar: Calendar;
}

export class Engine {
  readonly world: World;
  /** What is not for officers to change. */
  readonly #base: ComplianceSettings;
  readonly #deps: JudgeDeps;

  constructor(world: World, { rules, settings, calendar }: EngineDeps) {
    this.world = world;
    const { zone, workStart, workEnd } = settings;
    const hours = new WorkingHours(layOver(calendar, world.entered), { zone, start: workStart, end: workEnd });
    this.#base = settings;
    this.#deps = { rules, settings: complianceSettings(settings, world.settings), hours };
  }

  /** Applies the next record of the log, and before it the deadlines that it leaves behind. */
  apply(record: LogRecord, outbox: Outbox): void {
    this.handleDeadlines(this.quietUntil(record), outbox);
    for (const machine of this.#dispatch(record, outbox)) {
      judge(this.world, machine, record.committedAt, outbox, this.#deps);
    }
  }

  /** Of a record that the base holds already: only its punch, and what was decided about one, which the base leaves to its record. */
  applyKept(record: LogRecord, outbox: Outbox): void {
    if (record.kind === "punch") applyPunch(this.world, record, outbox, this.#deps.settings);
    else if (isPunchDecisionKind(record.kind) && this.#isCentre(record.sourceId)) this.#decide(record, outbox);
  }

  /** Handles deadlines before `until`, each at its own moment, at most `limit` of them; whether there may be more. */
  handleDeadlines(until: number, outbox: Outbox, limit = Number.POSITIVE_INFINITY): boolean {
    const { world } = this;
    for (let handled = 0; handled < limit; handled++) {
      const due = world.deadlines.takeBefore(until);
      if (!due) return false;
      const machine = world.machines.get(due.id);
      if (machine) judge(world, machine, due.at, outbox, this.#deps);
    }
    return true;
  }

  /** Nothing is concluded for a time in which the centre did not listen: its start puts those deadlines off. */
  quietUntil({ kind, committedAt, sourceId, body }: LogRecord): number {
    if (kind !== "centre.started" || !this.#isCentre(sourceId)) return committedAt;
    const { silentSince } = JSON.parse(body) as DecisionBody<"centre.started">;
    return Math.min(committedAt, silentSince ?? committedAt);
  }

  #isCentre(sourceId: number): boolean {
    return this.world.sources.get(sourceId)?.name === CENTRE_SOURCE;
  }

  /** The PCs whose verdicts may differ by now, each once, in the order in which they are to be judged. */
  #dispatch(record: LogRecord, outbox: Outbox): Machine[] {
    if (this.#isCentre(record.sourceId)) return this.#decide(record, outbox);
    const { settings } = this.#deps;
    switch (record.kind) {
      case "punch":
        applyPunch(this.world, record, outbox, settings);
        return [];
      case "clock":
        applyClock(this.world, record, outbox);
        return [];
      default:
        return applyAgentRecord(this.world, record, outbox, settings);
    }
  }

  #decide(record: LogRecord, outbox: Outbox): Machine[] {
    const { world } = this;
    const { kind, committedAt: now } = record;
    const body = JSON.parse(record.body);
    switch (kind) {
      case "centre.started":
        return applyCentreStarted(world, body, now, outbox);
      case "source.enrolled":
        return applyEnrolled(world, body, now, outbox);
      case "source.revoked":
        return applyRevoked(world, body, now, outbox);
      case "source.duplicate":
        return applyDuplicate(world, body, now, outbox);
      case "presence":
        return applyPresence(world, body, now, outbox, this.#deps.settings);
      case "pc.registered":
        return applyRegistered(world, body, now, outbox);
      case "ip.granted":
        return applyGranted(world, record, body, outbox);
      case "ip.revoked":
        return applyRevokedGrant(world, body, now, outbox);
      case "punch.accepted":
      case "punch.rejected":
        applyPunchDecision({ kind, body }, record, outbox);
        return [];
      case "setting.changed":
        applySetting(world, record, body, outbox);
        this.#deps.settings = complianceSettings(this.#base, world.settings);
        return this.#allMachines();
      case "calendar.day":
        world.entered.days[body.date] = body.type === "workday";
        return this.#daysEntered(outbox);
      case "calendar.year":
        enterYear(world.entered, body);
        return this.#daysEntered(outbox);
      default:
        return [];
    }
  }

  /** Any verdict may rest on a working day. */
  #daysEntered(outbox: Outbox): Machine[] {
    outbox.entered = true;
    return this.#allMachines();
  }

  #allMachines(): Machine[] {
    return [...this.world.machines.values()].sort((a, b) => a.sourceId - b.sourceId);
  }
}
