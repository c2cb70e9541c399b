/** Names on a clock are bytes in a charset that the clock does not tell: each clock's is configured. */
import iconv from "iconv-lite";
import type { ClockConfig } from "../config.ts";

export type NameCharset = NonNullable<ClockConfig["charset"]>;

/** What clocks sold in China use unless they were told otherwise. */
export const CHARSET_DEFAULT: NameCharset = "gbk";

/** Up to the first zero byte (of UTF-16BE: the first zero unit). What the charset does not have becomes U+FFFD. */
export function decodeName(bytes: Uint8Array, charset: NameCharset = CHARSET_DEFAULT): string {
  const [name = ""] = iconv.decode(Buffer.from(bytes), charset).split("\0");
  return name.trimEnd();
}

/** The name cut between characters to what the clock's field holds. What the charset does not have becomes `?`. */
export function encodeName(name: string, bytesMax: number, charset: NameCharset = CHARSET_DEFAULT): Uint8Array {
  const parts: Buffer[] = [];
  let lengthBytes = 0;
  for (const character of name) {
    const bytes = iconv.encode(character, charset);
    lengthBytes += bytes.length;
    if (lengthBytes > bytesMax) break;
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}
