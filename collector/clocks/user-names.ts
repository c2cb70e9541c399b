/** Names on a clock are bytes in a charset that the clock does not tell: each clock's is configured. */
import iconv from "iconv-lite";
import type { ClockConfig } from "./config.ts";

export type NameCharset = NonNullable<ClockConfig["charset"]>;

/** What clocks sold in China use unless they were told otherwise. */
export const CHARSET_DEFAULT: NameCharset = "gbk";

/** Up to the first zero byte (of UTF-16BE: the first zero unit). What the charset does not have becomes U+FFFD. */
export function decodeName(bytes: Uint8Array, charset: NameCharset = CHARSET_DEFAULT): string {
  const [name = ""] = iconv.decode(Buffer.from(bytes), charset).split("\0");
  return name.trimEnd();
}
