/**
 * From ZK attendance to punches. Logs have three layouts and pushes another; so that a punch is recognised whichever way it came,
 * its raw bytes are always those of the pushed event, which all layouts can be turned into.
 */
import { decodePush, encodePush, type ZkAttendance } from "../../../protocol/clock/zk/attendance.ts";
import type { DevicePunch, Verification } from "./driver.ts";

/** How terminals number the ways of verification; what is not named here differs by model. */
const VERIFIED: Record<number, Verification> = { 0: "password", 1: "finger", 2: "card", 4: "card", 15: "face" };

export function punchOf(attendance: ZkAttendance): DevicePunch {
  const { user, deviceTime, status, punch, workCode } = attendance;
  return {
    user,
    deviceTime,
    verification: [VERIFIED[status] ?? "other"],
    type: punch,
    workCode,
    raw: Buffer.from(encodePush(attendance)).toString("hex"),
  };
}

/** Undefined for bytes that are no pushed event. The work code is not in them. */
export function parsePunch(raw: string): DevicePunch | undefined {
  const attendance = decodePush(Buffer.from(raw, "hex"));
  return attendance && punchOf(attendance);
}
