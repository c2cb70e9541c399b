/** Dates and times as clocks show them (`YYYY-MM-DDTHH:mm:ss`, no zone), and the way to UTC through a named zone. */

/** `YYYY-MM-DDTHH:mm:ss` */
export type LocalDateTime = string;

const LOCAL_PATTERN = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/;

/** Local fields written as if they were UTC: a number line for arithmetic without any zone. */
export function formatLocal(msAsIfUtc: number): LocalDateTime {
  return new Date(msAsIfUtc).toISOString().slice(0, 19);
}

/** The inverse of formatLocal; undefined for a date or time that no calendar has. */
export function msOfLocal(local: LocalDateTime): number | undefined {
  if (!LOCAL_PATTERN.test(local)) return undefined;
  const ms = Date.parse(`${local}Z`);
  return Number.isFinite(ms) && formatLocal(ms) === local ? ms : undefined;
}

/** The local time of an instant (ms since 1970 UTC) in an IANA zone, whatever zone this process runs in. */
export function localOfInstant(instant: number, zone: string): LocalDateTime {
  return formatLocal(instant + zoneOffsetMs(instant, zone));
}

/**
 * The instant of a local time in an IANA zone; undefined for what is no date. A time that comes twice (clocks put back)
 * is taken as the first of the two, one that never comes (clocks put forward) as the time it would have been before the change.
 */
export function instantOfLocal(local: LocalDateTime, zone: string): number | undefined {
  const ms = msOfLocal(local);
  if (ms === undefined) return undefined;
  const before = zoneOffsetMs(ms - DAY_MS, zone);
  const after = zoneOffsetMs(ms + DAY_MS, zone);
  if (zoneOffsetMs(ms - before, zone) === before) return ms - before;
  return zoneOffsetMs(ms - after, zone) === after ? ms - after : ms - before;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** How far the zone's clocks are ahead of UTC at that instant; throws RangeError for a zone that does not exist. */
function zoneOffsetMs(instant: number, zone: string): number {
  const parts = new Map(
    formatterOf(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const local = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return local - Math.floor(instant / 1000) * 1000;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Making a formatter costs a thousand times its use. */
function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formatters.set(zone, made);
  return made;
}

/** Whether this runtime knows it: an IANA name, or an alias of one. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
