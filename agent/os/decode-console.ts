/** Bytes of a console program to text: UTF-16 (wevtutil), UTF-8, or the Chinese code page that zh-CN Windows still pipes. */

/** Decodes strictly: UTF-16LE by its mark or its zero bytes, then UTF-8, then GB 18030 (which holds code page 936). */
export function decodeConsole(bytes: Uint8Array): string {
  if (bytes.length >= 2 && bytes[0] === 0xff && bytes[1] === 0xfe) return decode("utf-16le", bytes.subarray(2));
  if (looksLikeUtf16(bytes)) return decode("utf-16le", bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return decode("gb18030", bytes);
  }
}

function looksLikeUtf16(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] !== 0 && bytes[1] === 0 && bytes[3] === 0;
}

function decode(encoding: string, bytes: Uint8Array): string {
  return new TextDecoder(encoding).decode(bytes);
}
