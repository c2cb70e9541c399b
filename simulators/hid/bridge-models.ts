/**
 * HID-UART bridges from the device's side: what their reports do to a UART. Written from the published descriptions and sharing nothing
 * with the reader's codec, so that a mistake in one shows against the other.
 */
import { reportDescriptor } from "./report-descriptor.ts";

export const BRIDGES = ["cp2110", "ch9325"] as const;
export type BridgeName = (typeof BRIDGES)[number];

/** The UART behind a bridge as it is after power-on, and as reports change it. */
export interface Uart {
  enabled: boolean;
  /** 0 until somebody has configured it. */
  baud: number;
}

export interface BridgeModel {
  vendorId: number;
  productId: number;
  manufacturer: string;
  product: string;
  reportDescriptor: Uint8Array;
  powerOn(): Uart;
  /** A feature report, its id first; false: refused. */
  setFeature(uart: Uart, report: Uint8Array): boolean;
  getFeature(uart: Uart, id: number): Uint8Array | undefined;
  /** UART bytes of an out report as the client wrote it; undefined: no such report, and its bytes are lost. */
  outBytes(report: Uint8Array): Uint8Array | undefined;
  /** UART bytes as in reports. */
  inReports(bytes: Uint8Array): Uint8Array[];
}

const CP2110_BYTES_MAX = 63;
/** In reports of the real bridge always come whole: the id, the bytes, zeros. */
const CP2110_IN_SIZE = 64;
const ONE_TO_63 = Object.fromEntries(Array.from({ length: CP2110_BYTES_MAX }, (_, index) => [index + 1, index + 1]));

const CP2110: BridgeModel = {
  vendorId: 0x10c4,
  productId: 0xea80,
  manufacturer: "Silicon Laboratories",
  product: "CP2110 HID USB-to-UART Bridge (simulated)",
  reportDescriptor: reportDescriptor({
    inputs: ONE_TO_63,
    outputs: ONE_TO_63,
    features: { 65: 1, 66: 6, 67: 1, 70: 2, 80: 8, 81: 1, 82: 1 },
  }),
  powerOn: () => ({ enabled: false, baud: 0 }),
  setFeature(uart, report) {
    const [id, value] = report;
    if (id === 0x50 && report.length >= 9) uart.baud = Buffer.from(report).readUInt32BE(1);
    else if (id === 0x41) uart.enabled = value === 1;
    else return id === 0x43 || id === 0x51 || id === 0x52;
    return true;
  },
  getFeature(uart, id) {
    if (id === 0x41) return Uint8Array.of(id, uart.enabled ? 1 : 0);
    if (id === 0x42) return Uint8Array.of(id, 0, 0, 0, 0, 0, 0);
    return id === 0x46 ? Uint8Array.of(id, 0x0a, 0x02) : undefined;
  },
  outBytes(report) {
    const count = report[0] ?? 0;
    const isWhole = count >= 1 && count <= CP2110_BYTES_MAX && report.length > count;
    return isWhole ? report.slice(1, count + 1) : undefined;
  },
  inReports: (bytes) =>
    piecesOf(bytes, CP2110_BYTES_MAX).map((piece) => padded([piece.length, ...piece], CP2110_IN_SIZE)),
};

const CH9325_BYTES_MAX = 7;
const CH9325_SIZE = 8;

const CH9325: BridgeModel = {
  vendorId: 0x1a86,
  productId: 0xe008,
  manufacturer: "WCH.CN",
  product: "HID bridge (simulated)",
  reportDescriptor: reportDescriptor({
    inputs: { 0: CH9325_SIZE },
    outputs: { 0: CH9325_SIZE },
    features: { 0: 5 },
  }),
  powerOn: () => ({ enabled: true, baud: 0 }),
  setFeature(uart, report) {
    if (report[0] !== 0 || report.length < 6) return false;
    uart.baud = Buffer.from(report).readUInt16LE(1);
    return true;
  },
  getFeature: () => undefined,
  outBytes(report) {
    // hidraw takes unnumbered reports with a leading zero.
    const count = report[1] ?? 0;
    return report[0] === 0 && count <= CH9325_BYTES_MAX ? report.slice(2, 2 + count) : undefined;
  },
  inReports: (bytes) =>
    piecesOf(bytes, CH9325_BYTES_MAX).map((piece) => padded([0xf0 | piece.length, ...piece], CH9325_SIZE)),
};

export const BRIDGE_MODELS: Record<BridgeName, BridgeModel> = { cp2110: CP2110, ch9325: CH9325 };

function piecesOf(bytes: Uint8Array, most: number): Uint8Array[] {
  return Array.from({ length: Math.ceil(bytes.length / most) }, (_, index) =>
    bytes.subarray(index * most, (index + 1) * most),
  );
}

function padded(bytes: number[], size: number): Uint8Array {
  const report = new Uint8Array(size);
  report.set(bytes);
  return report;
}
