/** A clock whose time is wrong is a finding from the measurement that shows it to the one that shows it right again; one alert each time. */
import { CLOCK_WRONG, CLOCK_WRONG_MS, SAME_OFFSET_MS } from "../compliance/clock-wrong.ts";
import type { OpenFinding } from "./machine-state.ts";
import type { Outbox } from "./outbox.ts";
import type { World } from "./world.ts";

interface Measured {
  clock: string;
  /** Of the reader. */
  sourceId: number;
  offsetMs: number;
}

export function judgeClock(world: World, measured: Measured, now: number, outbox: Outbox): void {
  const { clock, offsetMs } = measured;
  const finding = world.clockFindings.get(clock);
  const isWrong = Math.abs(offsetMs) >= CLOCK_WRONG_MS;
  if (!finding) {
    if (isWrong) open(world, measured, now, outbox);
  } else if (!isWrong) {
    world.clockFindings.delete(clock);
    tell(world, measured, finding, "resolved", now, outbox);
  } else if (Math.abs(offsetMs - Number(finding.evidence.offsetSeconds) * 1_000) >= SAME_OFFSET_MS) {
    finding.evidence = evidenceOf(measured);
    tell(world, measured, finding, "updated", now, outbox);
  }
}

function open(world: World, measured: Measured, now: number, outbox: Outbox): void {
  const { code, version, severity } = CLOCK_WRONG;
  const id = world.nextFindingId++;
  const evidence = evidenceOf(measured);
  const finding: OpenFinding = { id, rule: code, ruleVersion: version, severity, evidence, openedAt: now };
  world.clockFindings.set(measured.clock, finding);
  tell(world, measured, finding, "opened", now, outbox);
  outbox.alert({ id: world.nextAlertId++, finding_id: id, at: now });
}

function tell(
  world: World,
  { clock, sourceId }: Measured,
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
      subject: clock,
      source_id: sourceId,
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

function evidenceOf({ clock, offsetMs }: Measured): Record<string, unknown> {
  return { reason: "clock-off", clock, offsetSeconds: Math.round(offsetMs / 100) / 10 };
}
