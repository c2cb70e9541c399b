/** A virtual bridge as the cable of simulated clocks: what hangs on a pseudo terminal hangs on this as well. */
import type { VirtualPort } from "../serial/port.ts";
import { BRIDGE_MODELS, type BridgeModel, type BridgeName, type Uart } from "./bridge-models.ts";
import type { HidFunction } from "./virtual-hid.ts";

/** The HID side of a bridge: on the virtual bus, or in this computer's kernel. */
export interface BridgeDevice {
  readonly plugged: boolean;
  /** Somebody has it open. */
  readonly isOpened: boolean;
  plug(): Promise<void>;
  unplug(): Promise<void>;
  input(report: Uint8Array): void;
}

export class BridgePort implements VirtualPort {
  readonly path: string;
  onBytes: (bytes: Uint8Array) => void = () => {};
  /** Bytes that came while the UART was off, and those in out reports that the bridge does not know. */
  refusedBytes = 0;
  readonly #model: BridgeModel;
  readonly #hid: BridgeDevice;
  #uart: Uart;
  #unheardBytes = 0;

  /** @param serial of the bridge, by which readers select it */
  constructor(name: BridgeName, serial: string, makeDevice: (hidFunction: HidFunction) => BridgeDevice) {
    const model = BRIDGE_MODELS[name];
    this.#model = model;
    this.#uart = model.powerOn();
    const [vendor, product] = [model.vendorId, model.productId].map((id) => id.toString(16).padStart(4, "0"));
    this.path = `hid:${vendor}:${product}:${serial}`;
    this.#hid = makeDevice({
      identity: { ...model, serial },
      features: {
        set: (report) => model.setFeature(this.#uart, report),
        get: (id) => model.getFeature(this.#uart, id),
      },
      onOutput: (report) => this.#takeOutput(report),
    });
  }

  get plugged(): boolean {
    return this.#hid.plugged;
  }

  get overrunBytes(): number {
    return this.#unheardBytes;
  }

  /** As after every plug-in, the configuration is gone. */
  async plug(): Promise<void> {
    if (this.plugged) return;
    this.#uart = this.#model.powerOn();
    await this.#hid.plug();
  }

  unplug(): Promise<void> {
    return this.#hid.unplug();
  }

  write(bytes: Uint8Array): void {
    if (!this.#uart.enabled || !this.#hid.isOpened) {
      this.#unheardBytes += bytes.length;
      return;
    }
    for (const report of this.#model.inReports(bytes)) this.#hid.input(report);
  }

  readerBaud(): number | undefined {
    return this.#uart.baud;
  }

  #takeOutput(report: Uint8Array): void {
    const bytes = this.#model.outBytes(report);
    if (bytes && this.#uart.enabled) this.onBytes(bytes);
    else this.refusedBytes += report.length;
  }
}
