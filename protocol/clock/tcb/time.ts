/**
 * TC_B time. Records count seconds from 2000-01-02 00:00 local time: both published PDFs say 2000-01-01, but devices and
 * the vendor's SDK ("seconds after 2000.1.2") do not. The clock itself is six bytes, year - 2000 first.
 */
import { formatLocal, type LocalDateTime, msOfLocal } from "../local-time.ts";
import { type Codec, fixed } from "./codec.ts";

const EPOCH_MS = Date.UTC(2000, 0, 2);
const SECONDS_MAX = 0xffffffff;
const CENTURY = 2000;
/** The wire has one byte for the year and displays show two digits: 2000..2099 is what a clock can be set to. */
const YEAR_MAX = CENTURY + 99;

/** The local date and time that a record's seconds stand for; every u32 is a date (up to 2136). */
export function localOfSeconds(seconds: number): LocalDateTime {
  return formatLocal(EPOCH_MS + seconds * 1000);
}

/** The inverse; undefined for what is no date or lies outside the range. */
export function secondsOfLocal(local: LocalDateTime): number | undefined {
  const ms = msOfLocal(local);
  if (ms === undefined) return undefined;
  const seconds = (ms - EPOCH_MS) / 1000;
  return seconds >= 0 && seconds <= SECONDS_MAX ? seconds : undefined;
}

/**
 * `yy mo dd hh mm ss`, local. Decoding answers `bad-value` for what no calendar has (month 0, 31 April, hour 24);
 * encoding throws RangeError for a year outside 2000..2099.
 */
export const CLOCK_TIME: Codec<LocalDateTime> = fixed(6, writeClockTime, readClockTime);

function writeClockTime(bytes: Buffer, local: LocalDateTime): void {
  const year = Number(local.slice(0, 4));
  if (msOfLocal(local) === undefined || year < CENTURY || year > YEAR_MAX) {
    throw new RangeError(`a clock cannot be set to ${local}`);
  }
  bytes.writeUInt8(year - CENTURY, 0);
  for (const [index, at] of [5, 8, 11, 14, 17].entries()) bytes.writeUInt8(Number(local.slice(at, at + 2)), index + 1);
}

function readClockTime(bytes: Buffer): LocalDateTime | undefined {
  const [year, ...rest] = bytes;
  const [month, day, hour, minute, second] = rest.map((part) => String(part).padStart(2, "0"));
  const local = `${CENTURY + (year ?? 0)}-${month}-${day}T${hour}:${minute}:${second}`;
  return msOfLocal(local) === undefined ? undefined : local;
}
