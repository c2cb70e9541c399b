/** Control requests to a USB HID interface (HID 1.11, section 7), answered for a simulated device. */
import { numbersReports } from "./report-descriptor.ts";
import type { HidFunction } from "./virtual-hid.ts";

/** bmRequestType and bRequest. */
const REQUEST = {
  GET_DESCRIPTOR: 0x8106,
  GET_REPORT: 0xa101,
  SET_REPORT: 0x2109,
  SET_IDLE: 0x210a,
} as const;
const REPORT_DESCRIPTOR = 0x22;
const REPORT_TYPE = { OUTPUT: 2, FEATURE: 3 } as const;

export type RequestAnswer =
  | { do: "give"; bytes: Uint8Array }
  /** The host sends so many bytes. */
  | { do: "take"; lengthBytes: number; use(data: Uint8Array): void }
  | { do: "stall" };

const STALL: RequestAnswer = { do: "stall" };

/** @param setup the eight bytes of the request */
export function answerRequest(setup: Uint8Array, hid: HidFunction): RequestAnswer {
  const [type = 0, request = 0, low = 0, high = 0] = setup;
  const lengthBytes = (setup[6] ?? 0) | ((setup[7] ?? 0) << 8);
  switch ((type << 8) | request) {
    case REQUEST.GET_DESCRIPTOR:
      return high === REPORT_DESCRIPTOR ? give(hid.identity.reportDescriptor, lengthBytes) : STALL;
    case REQUEST.GET_REPORT:
      return high === REPORT_TYPE.FEATURE ? give(hid.features.get(low), lengthBytes) : STALL;
    case REQUEST.SET_REPORT:
      return takeReport(high, lengthBytes, hid);
    case REQUEST.SET_IDLE:
      return { do: "take", lengthBytes: 0, use: () => {} };
    default:
      return STALL;
  }
}

/** A report as it came over USB, with the zero before unnumbered ones that clients write and the kernel takes off. */
export function withReportId(report: Uint8Array, { identity }: HidFunction): Uint8Array {
  return numbersReports(identity.reportDescriptor) ? Uint8Array.from(report) : Uint8Array.of(0, ...report);
}

function takeReport(type: number, lengthBytes: number, hid: HidFunction): RequestAnswer {
  // A refused one is acknowledged as well: the kernel ends the request before anybody has seen its data.
  const use = (data: Uint8Array) => void hid.features.set(withReportId(data, hid));
  if (type === REPORT_TYPE.FEATURE) return { do: "take", lengthBytes, use };
  if (type !== REPORT_TYPE.OUTPUT) return STALL;
  return { do: "take", lengthBytes, use: (data) => hid.onOutput(withReportId(data, hid)) };
}

function give(bytes: Uint8Array | undefined, lengthBytesMax: number): RequestAnswer {
  return bytes ? { do: "give", bytes: bytes.subarray(0, lengthBytesMax) } : STALL;
}
