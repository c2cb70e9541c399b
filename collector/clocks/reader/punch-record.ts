/** From a clock's punch to the contract's record, with the evidence beside it: device time, offset, receive time, raw bytes. */
import { instantOfLocal, type LocalDateTime } from "../../../protocol/clock/local-time.ts";
import type { PunchBody } from "../../../protocol/messages/records/clock-events.ts";
import type { ContractRecord } from "../../../protocol/messages/records.ts";
import { formatInstant } from "../../../protocol/time.ts";
import type { DevicePunch } from "../drivers/driver.ts";

/** A clock ahead by more than this shows a time that has not come yet; less is drift, which the offset tells. */
export const FUTURE_MS_MAX = 10 * 60 * 1000;
/** No clock of these families was hung up before. */
export const INSTALLED_ON_DEFAULT = "2015-01-01";

export interface PunchContext {
  clock: string;
  device: number;
  zone: string;
  offsetMs: number | null;
  /** `YYYY-MM-DD`: no punch of this clock can be older. */
  installedOn: string;
}

export interface PunchReading {
  via: "live" | "log";
  readAt: number;
  ordinal: number;
}

/** The record; absurd dates are flagged, never corrected and never dropped. */
export function punchRecord(punch: DevicePunch, reading: PunchReading, context: PunchContext): ContractRecord {
  const at = instantOfLocal(punch.deviceTime, context.zone);
  const doubt = doubtOf(punch.deviceTime, at, reading.readAt, context);
  const body: PunchBody = {
    clock: context.clock,
    device: context.device,
    user: punch.user,
    deviceTime: punch.deviceTime,
    offsetMs: context.offsetMs,
    readAt: formatInstant(reading.readAt),
    verification: punch.verification,
    type: punch.type,
    workCode: punch.workCode,
    ordinal: reading.ordinal,
    via: reading.via,
    raw: punch.raw,
    ...(punch.doorOpened === undefined ? {} : { doorOpened: punch.doorOpened }),
    ...(doubt ? { doubt } : {}),
  };
  // What never was a moment still has to lie somewhere in time: where the reader saw it.
  return { kind: "punch", at: formatInstant(at ?? reading.readAt), body };
}

function doubtOf(
  deviceTime: LocalDateTime,
  at: number | undefined,
  readAt: number,
  { installedOn }: PunchContext,
): PunchBody["doubt"] {
  if (at === undefined) return "impossible";
  if (deviceTime.slice(0, 10) < installedOn) return "before-installation";
  return at > readAt + FUTURE_MS_MAX ? "future" : undefined;
}
