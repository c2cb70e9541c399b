/** The HID-UART bridges that a clock may hang behind, as the reports that make each of them a serial line. */
import * as ch9325 from "../../../../protocol/clock/ch9325/reports.ts";
import * as cp2110 from "../../../../protocol/clock/cp2110/reports.ts";
import type { HidAddress } from "./address.ts";

export interface HidBridge {
  name: string;
  vendorId: number;
  productId: number;
  /** The highest UART rate that its configuration can say. */
  baudMax: number;
  /** Feature reports, in order, that make it ready; its configuration does not outlive a plug-in. */
  configure(baud: number): Uint8Array[];
  /** Out reports as node-hid takes them: the report id first, 0 where the device numbers none. */
  encode(bytes: Uint8Array): Uint8Array[];
  /** The UART bytes of an in report as node-hid gives it; undefined for any other report. */
  decode(report: Uint8Array): Uint8Array | undefined;
}

const CP2110: HidBridge = {
  name: "CP2110",
  vendorId: cp2110.CP2110_VENDOR_ID,
  productId: cp2110.CP2110_PRODUCT_ID,
  baudMax: 1_000_000,
  configure: (baudRate) => [
    cp2110.encodeConfiguration({ baudRate, ...cp2110.UART_8N1 }),
    Uint8Array.of(cp2110.FEATURE.enable, 1),
    Uint8Array.of(cp2110.FEATURE.stopBreak, 0),
    // What it buffered before belongs to nobody any more.
    Uint8Array.of(cp2110.FEATURE.purge, cp2110.PURGE.transmit),
    Uint8Array.of(cp2110.FEATURE.purge, cp2110.PURGE.receive),
  ],
  encode: cp2110.encodeData,
  decode: cp2110.decodeData,
};

const CH9325: HidBridge = {
  name: "CH9325",
  vendorId: ch9325.CH9325_VENDOR_ID,
  productId: ch9325.CH9325_PRODUCT_ID,
  baudMax: 0xffff,
  configure: (baud) => [ch9325.encodeConfiguration(baud, 8)],
  encode: (bytes) => ch9325.encodeData(bytes).map((report) => Uint8Array.of(0, ...report)),
  decode: ch9325.decodeData,
};

export const HID_BRIDGES: readonly HidBridge[] = [CP2110, CH9325];

export function bridgeOf({ vendorId, productId }: HidAddress): HidBridge | undefined {
  return HID_BRIDGES.find((bridge) => bridge.vendorId === vendorId && bridge.productId === productId);
}
