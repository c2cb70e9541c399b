/** Puts the rules to a PC at one moment: verdicts, graces, and findings that open, change and resolve, each alert once. */
import type { WorkingHours } from "../calendar/working-hours.ts";
import { evaluate, graceMs, type Outcome } from "../compliance/evaluator.ts";
import type { Context, Evidence, Rule, Verdict } from "../compliance/rule.ts";
import type { ComplianceSettings } from "../compliance/settings.ts";
import { contextOf, factsOf } from "./facts.ts";
import { openFinding, tellFinding } from "./finding.ts";
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
    else if (opensAt !== undefined && now >= opensAt)
      machine.open.set(rule.code, openFinding(world, machine, rule, evidence, now, outbox));
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
  tellFinding(world, machine, finding, "updated", now, outbox);
}

function resolve(machine: Machine, finding: OpenFinding, now: number, world: World, outbox: Outbox): void {
  machine.open.delete(finding.rule);
  tellFinding(world, machine, finding, "resolved", now, outbox);
}

function isSameEvidence(rule: Rule, before: Evidence, after: Evidence): boolean {
  if (before.reason !== after.reason) return false;
  if (rule.isSame) return rule.isSame(before, after);
  return JSON.stringify({ ...before, observed: null }) === JSON.stringify({ ...after, observed: null });
}
