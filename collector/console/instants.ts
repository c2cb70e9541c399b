/** Instants of rows as the interface shows them. */
import { localOfInstant } from "../../protocol/clock/local-time.ts";
import { formatInstant } from "../../protocol/time.ts";

export function shown(ms: number): string {
  return formatInstant(ms);
}

export function shownOrNull(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms);
}

/** `YYYY-MM-DD` at the site. */
export function siteDate(ms: number, zone: string): string {
  return localOfInstant(ms, zone).slice(0, 10);
}
