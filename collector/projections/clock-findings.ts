/** A clock whose time is wrong is a finding from the measurement that shows it to the one that shows it right again; one alert each time. */
import { CLOCK_WRONG, CLOCK_WRONG_MS, SAME_OFFSET_MS } from "../compliance/clock-wrong.ts";
import { openFinding, type Subject, tellFinding } from "./finding.ts";
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
    if (!isWrong) return;
    world.clockFindings.set(
      clock,
      openFinding(world, subjectOf(measured), CLOCK_WRONG, evidenceOf(measured), now, outbox),
    );
  } else if (!isWrong) {
    world.clockFindings.delete(clock);
    tellFinding(world, subjectOf(measured), finding, "resolved", now, outbox);
  } else if (Math.abs(offsetMs - Number(finding.evidence.offsetSeconds) * 1_000) >= SAME_OFFSET_MS) {
    finding.evidence = evidenceOf(measured);
    tellFinding(world, subjectOf(measured), finding, "updated", now, outbox);
  }
}

function subjectOf({ clock, sourceId }: Measured): Subject {
  return { name: clock, sourceId };
}

function evidenceOf({ clock, offsetMs }: Measured): Record<string, unknown> {
  return { reason: "clock-off", clock, offsetSeconds: Math.round(offsetMs / 100) / 10 };
}
