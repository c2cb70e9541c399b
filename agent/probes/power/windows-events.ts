/** From the events of the channel System to power records (agent-signals, Power and shutdown). Pure. */
import type { PowerBody } from "../../../protocol/messages/records/agent-events.ts";
import { cut } from "../text.ts";
import type { WindowsEvent } from "./wevtutil.ts";

export interface PowerEvent {
  at: string;
  body: PowerBody;
}

type Meaning = "request" | "stop" | "boot" | "crash" | "sleep" | "wake" | "boot-type" | "cleared";

/** Providers by the end of their name: the full one is `Microsoft-Windows-Kernel-Power`. */
const MEANINGS: readonly [provider: string, eventId: number, meaning: Meaning][] = [
  ["User32", 1074, "request"],
  ["EventLog", 6006, "stop"],
  ["Kernel-General", 13, "stop"],
  ["Kernel-General", 12, "boot"],
  ["EventLog", 6005, "boot"],
  ["EventLog", 6009, "boot"],
  ["EventLog", 6008, "crash"],
  ["Kernel-Power", 41, "crash"],
  ["Kernel-Power", 42, "sleep"],
  ["Kernel-Power", 506, "sleep"],
  ["Kernel-Power", 107, "wake"],
  ["Kernel-Power", 507, "wake"],
  ["Power-Troubleshooter", 1, "wake"],
  ["Kernel-Boot", 27, "boot-type"],
  ["Eventlog", 104, "cleared"],
];

export const POWER_EVENT_IDS = [...new Set(MEANINGS.map(([, eventId]) => eventId))];

const SOURCE = "event log System";
const EVIDENCE_MAX = 16;
/** Values of BootType. */
const FAST_STARTUP = 1;
const RESUME = 2;

/** One record for each thing that happened, in the order of the log, however many events tell of it. */
export function foldPowerEvents(events: readonly WindowsEvent[]): PowerEvent[] {
  const told: PowerEvent[] = [];
  let request: WindowsEvent | undefined;
  for (const event of [...events].sort((a, b) => a.recordId - b.recordId)) {
    const meaning = meaningOf(event);
    if (meaning === "request") request = event;
    else if (meaning === "stop") add(told, "shutdown", event, request && requested(request), { clean: true });
    else if (meaning === "boot") {
      const known = bootToldOf(told, event);
      if (known) note(known, event);
      else told.push({ at: event.at, body: { event: "boot", source: SOURCE, evidence: [describe(event)] } });
      request = undefined;
    } else if (meaning === "crash") addCrash(told, event);
    else if (meaning === "sleep" || meaning === "wake") add(told, meaning, event);
    else if (meaning === "boot-type") foldBootType(told, event, request);
    else if (meaning === "cleared") add(told, "log-cleared", event);
  }
  return told;
}

function meaningOf({ provider, eventId }: WindowsEvent): Meaning | undefined {
  return MEANINGS.find(([name, id]) => id === eventId && provider.toLowerCase().endsWith(name.toLowerCase()))?.[2];
}

const KERNEL_STARTED = 12;

/** The boot that this event also tells of: the last thing told, but for a crash that is noticed during it. */
function bootToldOf(told: readonly PowerEvent[], { eventId }: WindowsEvent): PowerEvent | undefined {
  const last = told.at(told.at(-1)?.body.event === "unexpected-shutdown" ? -2 : -1);
  const again = eventId === KERNEL_STARTED && last?.body.evidence.some((line) => line.startsWith(`${KERNEL_STARTED} `));
  return last?.body.event === "boot" && !again ? last : undefined;
}

/** A second event that tells of the same thing becomes evidence of the first. */
function add(
  told: PowerEvent[],
  kind: PowerBody["event"],
  event: WindowsEvent,
  extra: Partial<PowerBody> = {},
  flags: Partial<PowerBody> = {},
): void {
  const last = told.at(-1);
  if (last?.body.event === kind) note(last, event);
  else
    told.push({
      at: event.at,
      body: { event: kind, ...extra, ...flags, source: SOURCE, evidence: [...(extra.evidence ?? []), describe(event)] },
    });
}

function note(told: PowerEvent | undefined, event: WindowsEvent): void {
  if (told && told.body.evidence.length < EVIDENCE_MAX) told.body.evidence.push(describe(event));
}

/** 41 and 6008 are written at the next boot; their own texts are in the system's language and are only evidence. */
function addCrash(told: PowerEvent[], event: WindowsEvent): void {
  const known = told.at(-1)?.body.event === "unexpected-shutdown" ? told.at(-1) : undefined;
  if (known) note(known, event);
  else
    told.push({
      at: event.at,
      body: { event: "unexpected-shutdown", clean: false, source: SOURCE, evidence: [describe(event)] },
    });
}

/** With Fast Startup a "shut down" is a hibernation: 1074, 42 and no 6006, then 27 with BootType 1. */
function foldBootType(told: PowerEvent[], event: WindowsEvent, request: WindowsEvent | undefined): void {
  const type = Number(event.data.BootType);
  const last = told.at(-1);
  if (type === FAST_STARTUP) {
    const slept = last?.body.event === "sleep" ? told.pop() : undefined;
    const evidence = [...(slept?.body.evidence ?? []), ...(request ? [describe(request)] : [])];
    if (slept) {
      const body: PowerBody = {
        ...(request && requested(request)),
        event: "shutdown",
        clean: true,
        source: SOURCE,
        evidence,
      };
      told.push({ at: slept.at, body: { ...body, reason: cut(`${body.reason ?? ""} (Fast Startup)`.trim(), 4096) } });
    }
    told.push({
      at: event.at,
      body: { event: "boot", reason: "Fast Startup", source: SOURCE, evidence: [describe(event)] },
    });
  } else if (type === RESUME) add(told, "wake", event);
  else if (last?.body.event === "boot") note(last, event);
}

/** 1074: param1 process, param3 reason, param4 code, param5 type, param6 comment, param7 user. */
function requested(event: WindowsEvent): Pick<PowerBody, "requestedBy" | "reason" | "evidence"> {
  const { param1 = "", param3 = "", param4 = "", param5 = "", param7 = "" } = event.data;
  return {
    requestedBy: cut([param7, param1].filter(Boolean).join(", ")),
    reason: cut([param5, param3, param4].filter(Boolean).join("; "), 4096),
    evidence: [describe(event)],
  };
}

function describe({ provider, eventId, recordId, at, data }: WindowsEvent): string {
  const values = Object.values(data).filter(Boolean).join(" | ");
  return cut(`${eventId} ${provider} #${recordId} ${at}${values && ` ${values}`}`, 512);
}
