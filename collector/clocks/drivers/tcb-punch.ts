/** From TC_B's records to punches. */
import { doorOpened, inOutType, RECORD, recordBytes, verificationMethods } from "../../../protocol/clock/tcb/record.ts";
import { localOfSeconds } from "../../../protocol/clock/tcb/time.ts";
import type { DevicePunch } from "./driver.ts";

/** Undefined for bytes that are no record. */
export function punchOf(bytes: Uint8Array): DevicePunch | undefined {
  const record = RECORD.decode(bytes);
  if (!record.ok) return undefined;
  const { user, seconds, verified, kind, workCode } = record.value;
  return {
    user: String(user),
    deviceTime: localOfSeconds(seconds),
    verification: verificationMethods(verified),
    type: inOutType(kind),
    doorOpened: doorOpened(kind),
    workCode,
    raw: Buffer.from(bytes).toString("hex"),
  };
}

/** The punches of a page that has been found good. */
export function punchesOf(page: Uint8Array): DevicePunch[] {
  return recordBytes(page).flatMap((bytes) => punchOf(bytes) ?? []);
}
