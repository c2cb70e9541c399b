/**
 * A record in the journal is one line: `<number> <crc32> <kind> <json>\n`. JSON escapes control characters, so a line feed only
 * ever ends a line: behind any damage the next line is whole again.
 */
import { crc32 } from "node:zlib";

export interface JournalLine {
  /** Sequence number, 1 and up. */
  number: number;
  kind: string;
  /** The record as JSON text. */
  json: string;
}

export function encodeLine({ number, kind, json }: JournalLine): string {
  return `${number} ${checksum(number, kind, json)} ${kind} ${json}\n`;
}

/** Undefined for a line that is damaged or cut. `text` without its line feed. */
export function decodeLine(text: string): JournalLine | undefined {
  // JSON leaves U+2028 and U+2029 as they are, and a dot takes them for line ends unless it is told to take everything.
  const match = /^([1-9]\d{0,15}) ([0-9a-f]{8}) ([a-z][a-z-]{0,63}) (\{.*\})$/s.exec(text);
  if (!match) return undefined;
  const [, digits, carried, kind, json] = match as unknown as [string, string, string, string, string];
  const number = Number(digits);
  return checksum(number, kind, json) === carried ? { number, kind, json } : undefined;
}

export interface Salvage {
  lines: JournalLine[];
  /** Stretches that are no line, in order of their place; those behind the last line are `behind`. */
  damaged: string[];
  behind: string[];
}

/**
 * What is sound in a text that is no line: when a line feed itself was damaged it is several lines in one. A single text that lay
 * behind the last line feed may be whole but for that line feed.
 */
export function salvageLines(text: string): Salvage {
  const salvage: Salvage = { lines: [], damaged: [], behind: [] };
  const starts = [
    0,
    ...[...text.matchAll(/\D(?=[1-9]\d{0,15} [0-9a-f]{8} [a-z-]+ \{"kind":)/g)].map(({ index }) => index + 1),
  ];
  for (const [place, start] of starts.entries()) {
    const next = starts[place + 1];
    const piece = text.slice(start, next === undefined ? undefined : next - 1);
    const line = decodeLine(piece) ?? decodeLine(piece.slice(0, -1));
    if (line) {
      salvage.lines.push(line);
      salvage.damaged.push(...salvage.behind.splice(0));
    } else if (piece.length > 0) {
      salvage.behind.push(piece);
    }
  }
  salvage.damaged.push(...salvage.behind);
  return salvage;
}

function checksum(number: number, kind: string, json: string): string {
  return crc32(`${number} ${kind} ${json}`).toString(16).padStart(8, "0");
}
