/** Applies rules to the facts about one PC. Knows no rule: dates of effect, applicability and switches are the same for all. */
import type { Facts } from "./facts.ts";
import { type Context, notApplicable, type Rule, type Verdict } from "./rule.ts";

export interface Outcome {
  rule: Rule;
  verdict: Verdict;
}

/** One outcome for each rule, in their order. Pure. */
export function evaluate(rules: readonly Rule[], facts: Facts, context: Context): Outcome[] {
  const today = context.hours.dayAt(context.now);
  return rules.map((rule) => ({ rule, verdict: judge(rule, facts, context, today) }));
}

/** How long a failure of the rule must last before it is a finding, ms. */
export function graceMs(rule: Rule, verdict: Verdict & { verdict: "fail" }, context: Context): number {
  const set = context.settings.graceSeconds[rule.code];
  return (set ?? verdict.graceSeconds ?? rule.graceSeconds) * 1000;
}

function judge(rule: Rule, facts: Facts, context: Context, today: string): Verdict {
  if (context.settings.disabled.includes(rule.code)) return notApplicable("switched-off");
  if (today < rule.from) return notApplicable("not-in-force", context.hours.at(rule.from, "00:00"));
  if (!rule.appliesTo(facts)) return notApplicable("does-not-apply");
  return rule.check(facts, context);
}
