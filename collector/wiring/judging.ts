/** What PCs are judged by at this site, beside the log: for the projections, a rebuild, and the base that retention leaves. */
import { createCalendar } from "../calendar/calendar.ts";
import { RULES } from "../compliance/rules.ts";
import { DEFAULT_COMPLIANCE_SETTINGS } from "../compliance/settings.ts";
import type { EngineDeps } from "../projections/engine.ts";

/** `zone`: IANA name of the site's. */
export function judging(zone: string): EngineDeps {
  return { rules: RULES, settings: { ...DEFAULT_COMPLIANCE_SETTINGS, zone }, calendar: createCalendar() };
}
