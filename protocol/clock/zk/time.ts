/** ZK time: a count in which every month has 31 days, local, two-digit years. */
import { type LocalDateTime, msOfLocal } from "../local-time.ts";

const DAY_SECONDS = 86_400;
const MONTH_DAYS = 31;
const YEAR_MONTHS = 12;
const SIX_BYTES = 6;

/** `((year % 100) * 372 + (month - 1) * 31 + day - 1) * 86400 + seconds of the day`; throws RangeError for what is no date. */
export function encodeTime(local: LocalDateTime): number {
  if (msOfLocal(local) === undefined) throw new RangeError(`a terminal cannot be set to ${local}`);
  const [year, month, day, hour, minute, second] = local.split(/[-T:]/).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const days = (year % 100) * YEAR_MONTHS * MONTH_DAYS + (month - 1) * MONTH_DAYS + day - 1;
  return days * DAY_SECONDS + hour * 3600 + minute * 60 + second;
}

/** The inverse, years 2000 to 2133; undefined for a day that its month does not have. */
export function decodeTime(value: number): LocalDateTime | undefined {
  return checked(showTime(value));
}

/** The time as the terminal means it, also for a day that its month does not have. */
export function showTime(value: number): string {
  const days = Math.floor(value / DAY_SECONDS);
  const seconds = value % DAY_SECONDS;
  const months = Math.floor(days / MONTH_DAYS);
  const date = [2000 + Math.floor(months / YEAR_MONTHS), (months % YEAR_MONTHS) + 1, (days % MONTH_DAYS) + 1];
  const time = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${date.map(pad).join("-")}T${time.map(pad).join(":")}`;
}

/** Six bytes `yy mo dd hh mm ss`, as in pushed events; no calendar need have it, but each part has two digits. */
export function decodeSixBytes(bytes: Uint8Array): string | undefined {
  const [year = 0, ...rest] = bytes.subarray(0, SIX_BYTES);
  if (rest.length < SIX_BYTES - 1 || rest.some((part) => part > 99)) return undefined;
  const [month, day, hour, minute, second] = rest;
  const date = [2000 + year, month, day].map(pad).join("-");
  return `${date}T${[hour, minute, second].map(pad).join(":")}`;
}

export function encodeSixBytes(local: LocalDateTime): number[] {
  const [year, ...rest] = local.split(/[-T:]/).map(Number);
  return [(year ?? 2000) - 2000, ...rest];
}

function checked(local: string): LocalDateTime | undefined {
  return msOfLocal(local) === undefined ? undefined : local;
}

function pad(part: number | undefined): string {
  return String(part).padStart(2, "0");
}
