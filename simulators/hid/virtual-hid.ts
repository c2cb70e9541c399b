/** One USB HID device on the virtual bus: in reports for whoever has it open, out and feature reports from them, plug and unplug. */
import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, rmSync, symlinkSync, writeSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import type { BridgeDevice } from "./bridge-port.ts";
import type { HidBus } from "./hid-bus.ts";
import { answerIoctl, type FeatureReports } from "./hidraw-calls.ts";
import { ERRNO, PreloadClient, type Question } from "./preload-protocol.ts";
import { addToSysfs, deviceNumber, type HidIdentity } from "./sysfs.ts";

/** The kernel's ring of a hidraw node: who does not read loses the oldest. */
export const UNREAD_REPORTS_MAX = 64;

/** From finding a node to the first question about it. */
const OPENING_MS_MAX = 5_000;

let plugIns = 0;

export interface HidFunction {
  identity: HidIdentity;
  features: FeatureReports;
  /** An out report as the client wrote it, the report id first. */
  onOutput(report: Uint8Array): void;
}

interface Plugged {
  port: number;
  /** A FIFO in the place of the node: a byte in it for each unread report makes `poll` tell the truth. */
  fifo: number;
  server: Server;
  clients: Set<PreloadClient>;
  unread: Uint8Array[];
  removeFromSysfs(): void;
  gone: boolean;
}

export class VirtualHid implements BridgeDevice {
  /** In reports that nobody read in time. */
  lostReports = 0;
  readonly #bus: HidBus;
  readonly #function: HidFunction;
  #plugged: Plugged | undefined;

  constructor(bus: HidBus, hidFunction: HidFunction) {
    this.#bus = bus;
    this.#function = hidFunction;
  }

  get plugged(): boolean {
    return this.#plugged !== undefined;
  }

  get isOpened(): boolean {
    return (this.#plugged?.clients.size ?? 0) > 0;
  }

  async plug(): Promise<void> {
    if (this.#plugged) return;
    const port = this.#bus.takePort();
    const fifo = this.#makeNode(port);
    const clients = new Set<PreloadClient>();
    const server = createServer();
    const plugged: Plugged = { port, fifo, server, clients, unread: [], removeFromSysfs: () => {}, gone: false };
    server.on("connection", (socket) => void this.#serve(plugged, new PreloadClient(socket)));
    this.#plugged = plugged;
    await this.#listen(server, port);
    plugged.removeFromSysfs = addToSysfs(join(this.#bus.folder, "sys"), port, this.#function.identity);
  }

  /** Takes the device away: clients that read get an error, what was unread is lost. */
  async unplug(): Promise<void> {
    const plugged = this.#plugged;
    if (!plugged) return;
    this.#plugged = undefined;
    plugged.gone = true;
    plugged.removeFromSysfs();
    for (const folder of ["dev", "dev/.node", "ioctl/dev"]) {
      rmSync(this.#path(folder, plugged.port), { force: true });
    }
    // Everybody who polls wakes up and finds out.
    wake(plugged, UNREAD_REPORTS_MAX);
    // Who is opening it at this moment hears that it is gone; to a connection that is reset the preload answers with abort().
    setTimeout(() => plugged.server.close(() => closeSync(plugged.fifo)), OPENING_MS_MAX).unref();
    this.#bus.freePort(plugged.port);
  }

  /** Unplugs, and cuts off clients that still hold their descriptors. */
  async close(): Promise<void> {
    const plugged = this.#plugged;
    await this.unplug();
    for (const client of plugged?.clients ?? []) client.close();
  }

  /** An in report, as the device numbers it. */
  input(report: Uint8Array): void {
    const plugged = this.#plugged;
    // Nobody has it open: the kernel keeps nothing.
    if (!plugged || plugged.clients.size === 0) return;
    if (plugged.unread.length >= UNREAD_REPORTS_MAX) {
      plugged.unread.shift();
      this.lostReports += 1;
    } else wake(plugged, 1);
    plugged.unread.push(report);
  }

  /** Under a name of its own, which a server takes away when it closes: by then the next plug-in may have the node's name. */
  async #listen(server: Server, port: number): Promise<void> {
    const own = join(this.#bus.folder, "ioctl", `plug-${++plugIns}`);
    await new Promise<void>((resolve) => server.listen(own, resolve));
    symlinkSync(own, this.#path("ioctl/dev", port));
  }

  #makeNode(port: number): number {
    const node = this.#path("dev", port);
    execFileSync("mkfifo", [node]);
    symlinkSync(deviceNumber(port), this.#path("dev/.node", port));
    return openSync(node, constants.O_RDWR | constants.O_NONBLOCK);
  }

  #path(folder: string, port: number): string {
    return join(this.#bus.folder, folder, `hidraw${port}`);
  }

  async #serve(plugged: Plugged, client: PreloadClient): Promise<void> {
    plugged.clients.add(client);
    try {
      for (let question = await client.next(); question; question = await client.next()) {
        await this.#answer(plugged, client, question);
      }
    } catch {
      // The client went away in the middle of a question.
    } finally {
      plugged.clients.delete(client);
      client.close();
    }
  }

  async #answer(plugged: Plugged, client: PreloadClient, question: Question): Promise<void> {
    if (plugged.gone) return client.done(-1, question.ask === "read" ? ERRNO.EIO : ERRNO.ENODEV);
    if (question.ask === "read") return this.#read(plugged, client, question.pointer, question.lengthBytes);
    if (question.ask === "ioctl") return answerIoctl(client, question, { ...this.#function, port: plugged.port });
    const report = Uint8Array.from(await client.readMemory(question.pointer, question.lengthBytes));
    this.#function.onOutput(report);
    client.done(report.length);
  }

  async #read(plugged: Plugged, client: PreloadClient, pointer: bigint, lengthBytes: number): Promise<void> {
    const { value: bytesTaken, errno } = await client.run();
    if (bytesTaken <= 0) return client.done(bytesTaken, errno);
    // The client emptied the FIFO by as many bytes as its buffer holds; the bytes of the other unread reports go back.
    wake(plugged, Math.min(bytesTaken - 1, plugged.unread.length - 1));
    if (plugged.gone) return client.done(-1, ERRNO.EIO);
    const report = plugged.unread.shift()?.subarray(0, lengthBytes);
    if (!report) return client.done(-1, ERRNO.EAGAIN);
    client.writeMemory(pointer, report);
    client.done(report.length);
  }
}

function wake({ fifo }: Plugged, reports: number): void {
  if (reports > 0) writeSync(fifo, Buffer.alloc(reports));
}
