/**
 * HID reports of the Silicon Labs CP2110 bridge (AN434): the id of an in or out report is the number of UART bytes that it
 * carries. The configuration is volatile: it is sent again after every plug-in.
 */

export const CP2110_VENDOR_ID = 0x10c4;
export const CP2110_PRODUCT_ID = 0xea80;

/** UART bytes in one report. */
export const REPORT_BYTES_MAX = 63;

export const FEATURE = {
  enable: 0x41,
  status: 0x42,
  purge: 0x43,
  version: 0x46,
  configuration: 0x50,
  startBreak: 0x51,
  stopBreak: 0x52,
} as const;

export const PURGE = { transmit: 0x01, receive: 0x02, both: 0x03 } as const;

export interface UartConfiguration {
  /** 300..1,000,000. */
  baudRate: number;
  dataBits: 5 | 6 | 7 | 8;
  /** `none` alone: sources disagree on the codes of the others. */
  parity: "none";
  flow: "none" | "rtsCts";
  stopBits: "short" | "long";
}

export const UART_8N1 = { dataBits: 8, parity: "none", flow: "none", stopBits: "short" } as const;

export function encodeConfiguration({ baudRate, dataBits, flow, stopBits }: UartConfiguration): Uint8Array {
  const report = Buffer.alloc(9);
  report.writeUInt8(FEATURE.configuration, 0);
  report.writeUInt32BE(baudRate, 1);
  report.writeUInt8(0, 5);
  report.writeUInt8(flow === "none" ? 0 : 1, 6);
  report.writeUInt8(dataBits - 5, 7);
  report.writeUInt8(stopBits === "short" ? 0 : 1, 8);
  return report;
}

/** Undefined for what is no such report, or names a parity. */
export function decodeConfiguration(report: Uint8Array): UartConfiguration | undefined {
  const [id, , , , , parity, flow, dataBits, stopBits] = report;
  if (id !== FEATURE.configuration || report.length < 9 || parity !== 0) return undefined;
  const bits = (dataBits ?? 9) + 5;
  if (!isDataBits(bits)) return undefined;
  const baudRate = new DataView(report.buffer, report.byteOffset).getUint32(1);
  return {
    baudRate,
    dataBits: bits,
    parity: "none",
    flow: flow === 0 ? "none" : "rtsCts",
    stopBits: stopBits === 0 ? "short" : "long",
  };
}

function isDataBits(bits: number): bits is UartConfiguration["dataBits"] {
  return bits >= 5 && bits <= 8;
}

/** Cuts UART bytes into out reports of exactly id + 1 bytes. */
export function encodeData(bytes: Uint8Array): Uint8Array[] {
  const reports: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += REPORT_BYTES_MAX) {
    const piece = bytes.subarray(at, at + REPORT_BYTES_MAX);
    reports.push(Uint8Array.from([piece.length, ...piece]));
  }
  return reports;
}

/** The UART bytes of an in report, which may be padded with zeros; undefined for any other report. A view. */
export function decodeData(report: Uint8Array): Uint8Array | undefined {
  const [length] = report;
  if (length === undefined || length < 1 || length > REPORT_BYTES_MAX || report.length < length + 1) return undefined;
  return report.subarray(1, length + 1);
}
