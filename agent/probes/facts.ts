/** Makes facts of one collection: all carry the same time. */
import type { Confidence, Fact, Known, Unknown, UnknownReason } from "../../protocol/messages/fact.ts";
import { formatInstant } from "../../protocol/time.ts";
import type { Failure } from "../os/os.ts";
import type { DateResult } from "./dates.ts";

const SOURCE_CHARS_MAX = 256;
const DETAIL_CHARS_MAX = 4096;

export interface Facts {
  at: string;
  known<T>(value: T, source: string, confidence: Confidence): Known<T>;
  unknown(reason: UnknownReason, detail?: string, source?: string): Unknown;
  failed(failure: Failure, source?: string): Unknown;
}

export function factsAt(ms: number): Facts {
  const at = formatInstant(ms);
  const unknown: Facts["unknown"] = (reason, detail, source) => ({
    unknown: reason,
    ...(detail && { detail: detail.slice(0, DETAIL_CHARS_MAX) }),
    ...(source && { source: source.slice(0, SOURCE_CHARS_MAX) }),
    at,
  });
  return {
    at,
    known: (value, source, confidence) => ({ value, source: source.slice(0, SOURCE_CHARS_MAX), confidence, at }),
    unknown,
    failed: (failure, source) => unknown(failure.reason, failure.detail, source),
  };
}

/** A date that was read, as a fact. */
export function dated(facts: Facts, date: DateResult, source: string, confidence: Confidence): Fact<string> {
  return date.ok ? facts.known(date.instant, source, confidence) : facts.unknown(date.code, undefined, source);
}

/** The first fact that is known; otherwise the last one, whose reason is the most particular. */
export function firstKnown<T>(facts: readonly [Fact<T>, ...Fact<T>[]]): Fact<T> {
  return facts.find((fact) => "value" in fact) ?? (facts.at(-1) as Fact<T>);
}
