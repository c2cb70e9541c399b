/** How people name a clock behind a USB bridge: `hid:10c4:ea80:SERIAL`, never the path, which changes with every plug-in. */

/** Vendor and product in hex, then the serial number where the bridge has one. */
const ADDRESS = /^hid:([0-9a-f]{4}):([0-9a-f]{4})(?::([\x21-\x7e]{1,64}))?$/i;

export interface HidAddress {
  vendorId: number;
  productId: number;
  /** Undefined: the only bridge of that kind. */
  serial: string | undefined;
}

export function isHidPort(port: string): boolean {
  return /^hid:/i.test(port);
}

/** Undefined for what is no such address. */
export function parseHidAddress(port: string): HidAddress | undefined {
  const [, vendor, product, serial] = ADDRESS.exec(port) ?? [];
  if (vendor === undefined || product === undefined) return undefined;
  return { vendorId: Number.parseInt(vendor, 16), productId: Number.parseInt(product, 16), serial };
}

export function formatHidAddress({ vendorId, productId, serial }: HidAddress): string {
  const [vendor, product] = [vendorId, productId].map((id) => id.toString(16).padStart(4, "0"));
  return `hid:${vendor}:${product}${serial ? `:${serial}` : ""}`;
}
