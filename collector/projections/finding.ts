/** How a finding begins and what is told of it, whoever its subject is. */
import type { OpenFinding } from "./machine-state.ts";
import type { Outbox } from "./outbox.ts";
import type { World } from "./world.ts";

/** A machine or a clock. */
export interface Subject {
  name: string;
  /** Of the source that reports it. */
  sourceId: number;
}

/** Opens a finding and raises its one alert. */
export function openFinding(
  world: World,
  subject: Subject,
  { code, version, severity }: { code: string; version: number; severity: OpenFinding["severity"] },
  evidence: Record<string, unknown>,
  now: number,
  outbox: Outbox,
): OpenFinding {
  const id = world.nextFindingId++;
  const finding: OpenFinding = { id, rule: code, ruleVersion: version, severity, evidence, openedAt: now };
  tellFinding(world, subject, finding, "opened", now, outbox);
  outbox.alert({ id: world.nextAlertId++, finding_id: id, at: now });
  return finding;
}

/** The finding's row as it stands now, and the event for its history. */
export function tellFinding(
  world: World,
  subject: Subject,
  { id, rule, ruleVersion, severity, evidence, openedAt }: OpenFinding,
  event: "opened" | "updated" | "resolved",
  at: number,
  outbox: Outbox,
): void {
  const json = JSON.stringify(evidence);
  const isResolved = event === "resolved";
  outbox.finding(
    {
      id,
      rule,
      rule_version: ruleVersion,
      subject: subject.name,
      source_id: subject.sourceId,
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
