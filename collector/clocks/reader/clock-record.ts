/** `clock` records: what a clock says of itself. */
import type { ClockBody } from "../../../protocol/messages/records/clock-events.ts";
import type { ContractRecord } from "../../../protocol/messages/records.ts";
import { formatInstant } from "../../../protocol/time.ts";
import type { ClockDriver } from "../drivers/driver.ts";

export type ClockEvent = Pick<ClockBody, "event"> & Partial<ClockBody>;

/** What a record says of the driver. */
export type ClockFace = Pick<ClockDriver, "family" | "device" | "lineName" | "lineErrors">;

/** The event with what every event of a clock says: which clock it is, where it hangs, what its line suffered. */
export function clockRecord(
  event: ClockEvent,
  { clock, driver, at, reconnects }: { clock: string; driver: ClockFace; at: number; reconnects: number },
): ContractRecord {
  const { strays: _local, ...errors } = driver.lineErrors();
  return {
    kind: "clock",
    at: formatInstant(at),
    body: {
      clock,
      device: driver.device,
      family: driver.family,
      port: driver.lineName,
      line: { ...errors, reconnects },
      ...event,
    },
  };
}
