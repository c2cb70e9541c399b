/** The line that a port's name stands for: a serial port, or a UART behind a USB HID bridge. */
import { AppError } from "../../../protocol/errors.ts";
import type { Log } from "../../../protocol/log.ts";
import type { Clock } from "../../../protocol/time.ts";
import { isHidPort, parseHidAddress } from "./hid/address.ts";
import { hidLine } from "./hid/hid-line.ts";
import { NODE_HID } from "./hid/host.ts";
import type { Line } from "./line.ts";
import { type SerialSettings, serialLine } from "./serial-line.ts";

export interface PortSettings extends Omit<SerialSettings, "path"> {
  /** `/dev/ttyUSB0`, `COM3`, `hid:10c4:ea80:SERIAL`. */
  port: string;
}

/** Not open yet. Throws AppError `hid-address-bad`, `hid-bridge-unknown`, `hid-baud-unknown`. */
export function lineOf({ port, ...settings }: PortSettings, deps: { clock: Clock; log: Log }): Line {
  if (!isHidPort(port)) return serialLine({ path: port, ...settings }, deps);
  const address = parseHidAddress(port);
  if (!address) throw new AppError("hid-address-bad", `${port} is not hid:VENDOR:PRODUCT[:SERIAL]`);
  return hidLine({ ...address, baud: settings.baud }, { ...deps, host: NODE_HID });
}
