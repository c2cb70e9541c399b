/** Instants of rows as the interface shows them. */
import { formatInstant } from "../../protocol/time.ts";

export function shown(ms: number): string {
  return formatInstant(ms);
}

export function shownOrNull(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms);
}
