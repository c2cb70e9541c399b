/** What a command's data is made of: a codec is a pair that writes and reads the same bytes. */

export type DataFault = "wrong-length" | "bad-count" | "bad-value";

export type Decoded<T> = { ok: true; value: T } | { ok: false; code: DataFault };

export interface Codec<T> {
  /** Throws RangeError when a number does not fit its field: that is the caller's mistake. */
  encode(value: T): Uint8Array;
  decode(data: Uint8Array): Decoded<T>;
}

/** A codec of always `lengthBytes` bytes; `read` may answer undefined for bytes that mean nothing. */
export function fixed<T>(
  lengthBytes: number,
  write: (bytes: Buffer, value: T) => void,
  read: (bytes: Buffer) => T | undefined,
): Codec<T> {
  return {
    encode(value) {
      const bytes = Buffer.alloc(lengthBytes);
      write(bytes, value);
      return bytes;
    },
    decode(data) {
      if (data.length !== lengthBytes) return { ok: false, code: "wrong-length" };
      const value = read(asBuffer(data));
      return value === undefined ? { ok: false, code: "bad-value" } : { ok: true, value };
    },
  };
}

/** No data at all. */
export const NOTHING: Codec<null> = fixed(0, noBytes, () => null);

function noBytes(): void {}

/** Unsigned big-endian integers of `width` bytes, one for each name, in wire order. */
export function unsignedFields<Name extends string>(
  width: number,
  names: readonly Name[],
): Codec<Record<Name, number>> {
  return fixed(
    width * names.length,
    (bytes, value) => {
      for (const [index, name] of names.entries()) bytes.writeUIntBE(value[name], index * width, width);
    },
    (bytes) =>
      Object.fromEntries(names.map((name, index) => [name, bytes.readUIntBE(index * width, width)])) as Record<
        Name,
        number
      >,
  );
}

/** One unsigned big-endian integer of `width` bytes. */
export function unsigned(width: number): Codec<number> {
  return fixed<number>(
    width,
    (bytes, value) => bytes.writeUIntBE(value, 0, width),
    (bytes) => bytes.readUIntBE(0, width),
  );
}

/** ASCII in a field of `width` bytes, padded with zeros; the padding is no part of the value. */
export function ascii(width: number): Codec<string> {
  return fixed<string>(
    width,
    (bytes, value) => writeAscii(bytes, 0, width, value),
    (bytes) => readAscii(bytes, 0, width),
  );
}

export function writeAscii(bytes: Buffer, at: number, width: number, text: string): void {
  if (text.length > width) throw new RangeError(`text longer than ${width} bytes`);
  bytes.write(text, at, width, "latin1");
}

/** The text of a padded field, stripped of what cannot be printed. */
export function readAscii(bytes: Buffer, at: number, width: number): string {
  return bytes
    .toString("latin1", at, at + width)
    .replace(/[^\x20-\x7e]/g, "")
    .trim();
}

/** A view, not a copy. */
export function asBuffer(data: Uint8Array): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.length);
}
