/** Puts the rules to a PC at one moment: verdicts, graces, and findings that open, change and resolve, each alert once. */
import type { WorkingHours } from "../calendar/working-hours.ts";
import { evaluate, graceMs, type Outcome } from "../compliance/evaluator.ts";
import type { Context, Evidence, Rule, Verdict } from "../compliance/rule.ts";
import type { ComplianceSettings } from "../compliance/settings.ts";
import { contextOf, factsOf } from "./facts.ts";
import type { Machine, OpenFinding, VerdictState } from "./machine-state.ts";
import type { Outbox } from "./outbox.ts";
import type { World } from "./world.ts";

export interface JudgeDeps {
  rules: readonly Rule[];
  settings: ComplianceSettings;
  hours: WorkingHours;
}

/** A rule that names a moment which has passed is asked again after this, lest one moment be judged without end. */
const RETRY_MS = 60_000;

export function judge(world: World, machine: Machine, now: number, outbox: Outbox, deps: JudgeDeps): void {
  const context = contextOf(world, machine, now, deps);
  const { memory } = machine;
  if (memory.recheckAt !== null && memory.recheckAt <= now) {
    memory.recheckAt = null;
    outbox.machine(machine.sourceId);
  }
  for (const outcome of evaluate(deps.rules, factsOf(world, machine), context)) {
    settle(world, machine, outcome, context, outbox);
  }
  setDeadline(world, machine);
}

/** Sets the PC's next deadline from its verdicts; a recheck after the centre's absence comes before all of them. */
export function setDeadline(world: World, machine: Machine): void {
  let dueAt = machine.memory.recheckAt;
  if (dueAt === null) {
    for (const { next_at } of machine.verdicts.values()) {
      if (next_at !== null && (dueAt === null || next_at < dueAt)) dueAt = next_at;
    }
  }
  machine.dueAt = dueAt;
  world.deadlines.set(machine.sourceId, dueAt);
}

function settle(world: World, machine: Machine, { rule, verdict }: Outcome, context: Context, outbox: Outbox): void {
  const { now } = context;
  const before = machine.verdicts.get(rule.code);
  const since = before?.verdict === verdict.verdict ? before.since : now;
  const opensAt = verdict.verdict === "fail" ? since + graceMs(rule, verdict, context) : undefined;
  const finding = machine.open.get(rule.code);
  let nextAt = verdict.nextAt;
  if (verdict.verdict === "fail") {
    const evidence = evidenceOf(verdict);
    if (finding) update(machine, finding, rule, evidence, now, world, outbox);
    else if (opensAt !== undefined && now >= opensAt) open(machine, rule, evidence, now, world, outbox);
    else nextAt = Math.min(nextAt ?? Number.POSITIVE_INFINITY, opensAt ?? Number.POSITIVE_INFINITY);
  } else if (finding && verdict.verdict !== "unknown") {
    resolve(machine, finding, now, world, outbox);
  }
  noteVerdict(machine, rule, { verdict, since, nextAt, now }, before, outbox);
}

function noteVerdict(
  machine: Machine,
  rule: Rule,
  { verdict, since, nextAt, now }: { verdict: Verdict; since: number; nextAt: number | undefined; now: number },
  before: VerdictState | undefined,
  outbox: Outbox,
): void {
  const after: VerdictState = {
    rule_version: rule.version,
    verdict: verdict.verdict,
    reason: verdict.verdict === "pass" ? null : verdict.reason,
    since,
    next_at:
      nextAt === undefined || !Number.isFinite(nextAt) ? null : nextAt > now ? Math.ceil(nextAt) : now + RETRY_MS,
  };
  if (before && isSameVerdict(before, after)) return;
  machine.verdicts.set(rule.code, after);
  outbox.verdict(machine.sourceId, rule.code);
  if (before?.verdict !== after.verdict || before.reason !== after.reason) outbox.machine(machine.sourceId, now);
}

function isSameVerdict(one: VerdictState, other: VerdictState): boolean {
  return (
    one.rule_version === other.rule_version &&
    one.verdict === other.verdict &&
    one.reason === other.reason &&
    one.since === other.since &&
    one.next_at === other.next_at
  );
}

/** As stored: the reason, the evidence proper, and under `observed` the circumstances whose change alone is no update. */
function evidenceOf({ reason, evidence, observed }: Verdict & { verdict: "fail" }): Record<string, unknown> {
  return { reason, ...evidence, observed };
}

function open(
  machine: Machine,
  rule: Rule,
  evidence: Record<string, unknown>,
  now: number,
  world: World,
  outbox: Outbox,
): void {
  const id = world.nextFindingId++;
  const { code, version, severity } = rule;
  const finding: OpenFinding = { id, rule: code, ruleVersion: version, severity, evidence, openedAt: now };
  machine.open.set(code, finding);
  tell(machine, finding, "opened", now, world, outbox);
  outbox.alert({ id: world.nextAlertId++, finding_id: id, at: now });
}

function update(
  machine: Machine,
  finding: OpenFinding,
  rule: Rule,
  evidence: Record<string, unknown>,
  now: number,
  world: World,
  outbox: Outbox,
): void {
  if (isSameEvidence(rule, finding.evidence, evidence)) return;
  finding.evidence = evidence;
  finding.ruleVersion = rule.version;
  finding.severity = rule.severity;
  tell(machine, finding, "updated", now, world, outbox);
}

function resolve(machine: Machine, finding: OpenFinding, now: number, world: World, outbox: Outbox): void {
  machine.open.delete(finding.rule);
  tell(machine, finding, "resolved", now, world, outbox);
}

function tell(
  machine: Machine,
  { id, rule, ruleVersion, severity, evidence, openedAt }: OpenFinding,
  event: "opened" | "updated" | "resolved",
  at: number,
  world: World,
  outbox: Outbox,
): void {
  const json = JSON.stringify(evidence);
  const isResolved = event === "resolved";
  outbox.finding(
    {
      id,
      rule,
      rule_version: ruleVersion,
      subject: machine.name,
      source_id: machine.sourceId,
      state: isResolved ? "resolved" : "open",
      severity,
      evidence: json,
      opened_at: openedAt,
      updated_at: at,
      resolved_at: isResolved ? at : null,
    },
    { id: world.nextEventId++, finding_id: id, at, event, evidence: json },
  );
}

function isSameEvidence(rule: Rule, before: Evidence, after: Evidence): boolean {
  if (before.reason !== after.reason) return false;
  if (rule.isSame) return rule.isSame(before, after);
  return JSON.stringify({ ...before, observed: null }) === JSON.stringify({ ...after, observed: null });
}
