/** A probe's context over a recorded operating system. */
import { PRODUCT_RULES } from "../../../agent/probes/antivirus/products.ts";
import { factsAt } from "../../../agent/probes/facts.ts";
import type { ProbeContext } from "../../../agent/probes/probe.ts";
import { type FakeOs, fakeOs, type Recording } from "./fake-os.ts";

export function contextOf(recording: Recording, extra: Partial<ProbeContext> = {}): ProbeContext & { os: FakeOs } {
  const os = fakeOs(recording);
  return {
    facts: factsAt(os.now()),
    agentVersion: "0.1.0",
    clamavDir: "/var/lib/clamav",
    antivirusRules: PRODUCT_RULES,
    pendingSince: new Map(),
    ...extra,
    os,
  };
}

export const AT = "2026-11-23T01:00:00.000Z";
