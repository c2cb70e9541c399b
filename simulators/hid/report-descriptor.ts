/** Report descriptors (HID 1.11, section 6.2.2) of vendor-defined devices: byte arrays under a usage page of nobody's. */

export interface ReportSizes {
  /** Bytes after the report id, by id; id 0 alone: reports have no id. */
  inputs: Record<number, number>;
  outputs: Record<number, number>;
  features: Record<number, number>;
}

const VENDOR_PAGE = [0x06, 0x00, 0xff, 0x09, 0x01, 0xa1, 0x01];
const BYTES = [0x15, 0x00, 0x26, 0xff, 0x00, 0x75, 0x08];
const END = 0xc0;
const MAIN = { inputs: 0x81, outputs: 0x91, features: 0xb1 } as const;
const DATA_VARIABLE_ABSOLUTE = 0x02;
const TAG_AND_TYPE = 0xfc;
const REPORT_ID = 0x84;
/** Data after the prefix of a short item, by its two lowest bits (section 6.2.2.2). */
const ITEM_BYTES = [0, 1, 2, 4] as const;

export function reportDescriptor(sizes: ReportSizes): Uint8Array {
  const items = (["inputs", "outputs", "features"] as const).flatMap((kind) =>
    Object.entries(sizes[kind]).flatMap(([id, count]) => [
      ...(Number(id) === 0 ? [] : [0x85, Number(id)]),
      0x95,
      count,
      0x09,
      0x01,
      MAIN[kind],
      DATA_VARIABLE_ABSOLUTE,
    ]),
  );
  return Uint8Array.from([...VENDOR_PAGE, ...BYTES, ...items, END]);
}

/** Whether its reports begin with an id. @param descriptor of short items only, as all in use are */
export function numbersReports(descriptor: Uint8Array): boolean {
  for (let at = 0; at < descriptor.length; ) {
    const prefix = descriptor[at] ?? 0;
    if ((prefix & TAG_AND_TYPE) === REPORT_ID) return true;
    at += 1 + (ITEM_BYTES[prefix & 0x03] ?? 0);
  }
  return false;
}
