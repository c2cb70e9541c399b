/** A finding in words, for the console, the command line and alerts: title, one sentence from the evidence, what to do. */
import { localOfInstant } from "../../protocol/clock/local-time.ts";
import { REASONS } from "./reasons.ts";
import type { Evidence, ShowInstant, Text } from "./rule.ts";
import { ruleOf } from "./rules.ts";

export interface Description {
  article: string;
  title: Text;
  message: Text;
  remediation: Text;
}

/** `evidence` as stored with the finding. A rule that this version no longer has is described by its code. */
export function describeFinding(code: string, evidence: Evidence, zone: string): Description {
  const rule = ruleOf(code);
  if (!rule) {
    const text = { zh: code, en: code };
    return { article: "", title: text, message: describeReason(evidence.reason), remediation: { zh: "", en: "" } };
  }
  const message = rule.message(evidence, inZone(zone));
  return { article: rule.article, title: rule.title, message, remediation: rule.remediation };
}

export function describeReason(reason: unknown): Text {
  const code = typeof reason === "string" ? reason : "";
  return (Object.hasOwn(REASONS, code) ? REASONS[code] : undefined) ?? { zh: code, en: code };
}

function inZone(zone: string): ShowInstant {
  return (instant) => {
    const ms = typeof instant === "string" ? Date.parse(instant) : Number.NaN;
    return Number.isNaN(ms) ? String(instant) : localOfInstant(ms, zone).slice(0, 16).replace("T", " ");
  };
}
