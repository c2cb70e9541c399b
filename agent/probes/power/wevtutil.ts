/** Events as `wevtutil qe ... /f:xml` prints them, whatever the language of the system. Pure. */
import { formatInstant } from "../../../protocol/time.ts";

export interface WindowsEvent {
  recordId: number;
  eventId: number;
  provider: string;
  at: string;
  /** `Data` elements by name; those without one by position, from `0`. */
  data: Record<string, string>;
}

/** Events in the order of the text; a fragment that lacks its time, id or record id is skipped. */
export function parseEvents(xml: string): WindowsEvent[] {
  return [...xml.matchAll(/<Event[ >][\s\S]*?<\/Event>/g)].flatMap(([event]) => {
    const recordId = Number(/<EventRecordID>(\d+)</.exec(event)?.[1]);
    const eventId = Number(/<EventID[^>]*>(\d+)</.exec(event)?.[1]);
    const atMs = Date.parse(/<TimeCreated SystemTime=["']([^"']+)["']/.exec(event)?.[1] ?? "");
    if (!Number.isInteger(recordId) || !Number.isInteger(eventId) || Number.isNaN(atMs)) return [];
    const provider = decodeEntities(/<Provider [^>]*?Name=["']([^"']*)["']/.exec(event)?.[1] ?? "");
    return { recordId, eventId, provider, at: formatInstant(atMs), data: parseData(event) };
  });
}

function parseData(event: string): Record<string, string> {
  const data: Record<string, string> = {};
  let position = 0;
  for (const [, name, text = ""] of event.matchAll(/<Data(?: Name=["']([^"']*)["'])?\s*(?:\/>|>([\s\S]*?)<\/Data>)/g)) {
    data[name ?? String(position++)] = decodeEntities(text);
  }
  return data;
}

const ENTITIES: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(?:#(\d+)|#x([0-9a-f]+)|(\w+));/gi, (whole, decimal, hex, name) => {
    if (decimal) return String.fromCodePoint(Number(decimal));
    if (hex) return String.fromCodePoint(Number.parseInt(hex, 16));
    return ENTITIES[name] ?? whole;
  });
}
