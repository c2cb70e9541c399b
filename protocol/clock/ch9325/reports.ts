/** HID reports of the WCH CH9325 bridge, as one public source shows them: at most 7 data bytes a report. */

export const CH9325_VENDOR_ID = 0x1a86;
export const CH9325_PRODUCT_ID = 0xe008;
export const REPORT_BYTES_MAX = 7;
const RECEIVED = 0xf0;
/** In and out reports have a fixed size: the count and room for seven bytes. */
const REPORT_SIZE = 8;

/** Feature report 0: baud rate little-endian, two zeros, data bits - 5. `baudRate` 0..65,535. */
export function encodeConfiguration(baudRate: number, dataBits: 5 | 6 | 7 | 8): Uint8Array {
  const report = Buffer.alloc(6);
  report.writeUInt16LE(baudRate, 1);
  report.writeUInt8(dataBits - 5, 5);
  return report;
}

export function decodeConfiguration(report: Uint8Array): { baudRate: number; dataBits: number } | undefined {
  if (report.length < 6 || report[0] !== 0) return undefined;
  return {
    baudRate: (report[1] as number) | ((report[2] as number) << 8),
    dataBits: (report[5] as number) + 5,
  };
}

/** Cuts UART bytes into out reports: the count, then up to seven bytes, padded. */
export function encodeData(bytes: Uint8Array): Uint8Array[] {
  return pieces(bytes).map((piece) => padded(piece.length, piece));
}

/** The UART bytes of an in report; undefined for what is none. A view. */
export function decodeData(report: Uint8Array): Uint8Array | undefined {
  const [first] = report;
  if (first === undefined || (first & 0xf0) !== RECEIVED) return undefined;
  const length = first & 0x0f;
  if (length > REPORT_BYTES_MAX || report.length < length + 1) return undefined;
  return report.subarray(1, length + 1);
}

function pieces(bytes: Uint8Array): Uint8Array[] {
  const all: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += REPORT_BYTES_MAX) all.push(bytes.subarray(at, at + REPORT_BYTES_MAX));
  return all;
}

function padded(first: number, piece: Uint8Array): Uint8Array {
  const report = new Uint8Array(REPORT_SIZE);
  report[0] = first;
  report.set(piece, 1);
  return report;
}
