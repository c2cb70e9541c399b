/** The part of /sys by which libudev and hidapi find a USB HID device, written below a folder. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

export interface HidIdentity {
  vendorId: number;
  productId: number;
  serial: string;
  manufacturer: string;
  product: string;
  reportDescriptor: Uint8Array;
}

const MAJOR = 240;
const RELEASE = 0x0100;
const HUB = "devices/pci0000:00/0000:00:14.0/usb1";
const FOLDERS = ["bus/usb/devices", "bus/hid/devices", "class/hidraw", "dev/char"];

export function physicalPath(port: number): string {
  return `usb-0000:00:14.0-${port + 1}/input0`;
}

/** What udev calls the node: `MAJOR:MINOR`. */
export function deviceNumber(port: number): string {
  return `${MAJOR}:${port}`;
}

export function prepareSysfs(root: string): void {
  for (const folder of FOLDERS) mkdirSync(join(root, folder), { recursive: true });
}

/** Shows the device at a port of the hub. The returned function takes it away again, links first, as the kernel does. */
export function addToSysfs(root: string, port: number, identity: HidIdentity): () => void {
  const places = placesOf(port, identity);
  const links: string[] = [];
  const link = (at: string, to: string) => {
    const path = join(root, at);
    symlinkSync(relative(dirname(path), join(root, to)), path);
    links.push(path);
  };
  writeUsbDevice(root, places.usb, port, identity);
  writeFiles(root, places.interface, { uevent: "DEVTYPE=usb_interface\n", bInterfaceNumber: "00\n" });
  writeFiles(root, places.hid, { uevent: hidEvent(port, identity), report_descriptor: identity.reportDescriptor });
  writeFiles(root, places.raw, { uevent: rawEvent(port), dev: `${deviceNumber(port)}\n` });
  link(`${places.usb}/subsystem`, "bus/usb");
  link(`bus/usb/devices/1-${port + 1}`, places.usb);
  link(`${places.interface}/subsystem`, "bus/usb");
  link(`${places.hid}/subsystem`, "bus/hid");
  link(`${places.raw}/subsystem`, "class/hidraw");
  link(`${places.raw}/device`, places.hid);
  // Last: from here on it can be found.
  link(`dev/char/${deviceNumber(port)}`, places.raw);
  link(`class/hidraw/hidraw${port}`, places.raw);
  return () => {
    for (const path of links.reverse()) rmSync(path, { force: true });
    rmSync(join(root, places.usb), { recursive: true, force: true });
  };
}

function placesOf(port: number, { vendorId, productId }: HidIdentity) {
  const usb = `${HUB}/1-${port + 1}`;
  const usbInterface = `${usb}/1-${port + 1}:1.0`;
  const hid = `${usbInterface}/0003:${hex4(vendorId).toUpperCase()}:${hex4(productId).toUpperCase()}.${hex4(port + 1)}`;
  return { usb, interface: usbInterface, hid, raw: `${hid}/hidraw/hidraw${port}` };
}

function writeUsbDevice(root: string, place: string, port: number, identity: HidIdentity): void {
  const { vendorId, productId, serial, manufacturer, product } = identity;
  const ids = [vendorId, productId, RELEASE].map((id) => id.toString(16)).join("/");
  writeFiles(root, place, {
    uevent: `DEVTYPE=usb_device\nPRODUCT=${ids}\n`,
    idVendor: `${hex4(vendorId)}\n`,
    idProduct: `${hex4(productId)}\n`,
    bcdDevice: `${hex4(RELEASE)}\n`,
    manufacturer: `${manufacturer}\n`,
    product: `${product}\n`,
    serial: `${serial}\n`,
    busnum: "1\n",
    devnum: `${port + 2}\n`,
  });
}

function hidEvent(port: number, { vendorId, productId, serial, manufacturer, product }: HidIdentity): string {
  const id = `0003:0000${hex4(vendorId)}:0000${hex4(productId)}`.toUpperCase();
  return `DRIVER=hid-generic\nHID_ID=${id}\nHID_NAME=${manufacturer} ${product}\nHID_PHYS=${physicalPath(port)}\nHID_UNIQ=${serial}\n`;
}

function rawEvent(port: number): string {
  return `MAJOR=${MAJOR}\nMINOR=${port}\nDEVNAME=hidraw${port}\n`;
}

function writeFiles(root: string, place: string, files: Record<string, string | Uint8Array>): void {
  const folder = join(root, place);
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, "0");
}
