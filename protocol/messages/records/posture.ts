/** `posture`: the whole state of a PC in five parts. An unchanged part travels as its hash alone. */
import * as z from "zod";
import { fact } from "../fact.ts";
import { instant, longText, shortText } from "../primitives.ts";

export const identityPart = z.object({
  hostname: fact(shortText),
  os: fact(
    z.object({
      family: z.enum(["linux", "windows"]),
      /** `debian`, `kylin`, `uos`, `windows-11` ... */
      id: shortText,
      name: shortText,
      version: shortText,
      build: shortText.optional(),
      server: z.boolean().optional(),
    }),
  ),
  /** Each id hashed with SHA-256 and cut to 16 hex digits: enough to compare, useless elsewhere. */
  hardware: fact(
    z.object({
      smbiosUuid: shortText.optional(),
      diskSerial: shortText.optional(),
      machineId: shortText.optional(),
    }),
  ),
  users: fact(z.array(shortText).max(64)),
  timeZone: fact(shortText),
  agentVersion: shortText,
});

export const ADAPTER_KINDS = ["wired", "wifi", "cellular", "virtual", "unknown"] as const;
export const ADDRESS_ORIGINS = ["dhcp", "manual", "unknown"] as const;

export const adapter = z.object({
  /** The adapter's GUID on Windows, its interface name on Linux. */
  id: shortText,
  name: shortText,
  mac: z
    .string()
    .regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/)
    .optional(),
  kind: z.enum(ADAPTER_KINDS),
  up: z.boolean(),
  addresses: z
    .array(z.object({ address: shortText, prefix: z.int().min(0).max(128), origin: z.enum(ADDRESS_ORIGINS) }))
    .max(64),
  gateways: z.array(shortText).max(16),
  dns: z.array(shortText).max(16),
});
export type Adapter = z.infer<typeof adapter>;

export const networkPart = z.object({
  adapters: fact(z.array(adapter).max(64)),
  /** The source address of the connection to the broker; every other address is secondary. */
  primary: fact(shortText),
});

export const antivirusProduct = z.object({
  name: shortText,
  version: fact(shortText),
  /** Whether its protection is on: a running real-time guard, not a mere installation. */
  protection: fact(z.boolean()),
  /** When the definitions in use were published. */
  definitionsAt: fact(instant),
  definitionsVersion: fact(shortText),
  /** The vendor's own word "current / out of date", where there is no date. */
  definitionsCurrent: fact(z.boolean()),
  lastScanAt: fact(instant),
  /** Definitions on disk that are newer than those loaded, or databases that are reported and not judged. */
  notes: z.array(longText).max(16),
});
export type AntivirusProduct = z.infer<typeof antivirusProduct>;

export const antivirusPart = z.object({ products: fact(z.array(antivirusProduct).max(16)) });

export const patchPart = z.object({
  /** Windows `22631.4460` (build.UBR), Linux the running kernel's release. */
  level: fact(shortText),
  lastInstalledAt: fact(instant),
  pending: fact(
    z.object({
      security: z.int().min(0),
      total: z.int().min(0),
      packages: z.array(shortText).max(200),
      /** When the oldest pending security update was first seen pending. */
      since: instant.optional(),
    }),
  ),
  rebootRequired: fact(z.boolean()),
  /** When the package lists (or the update search) were last refreshed. */
  listsAt: fact(instant),
});

export const powerPart = z.object({
  bootId: fact(shortText),
  bootedAt: fact(instant),
  /** How the boot before this one ended. */
  previousStop: fact(z.object({ clean: z.boolean(), at: instant.optional() })),
  /** Windows Fast Startup: "shut down" hibernates, so uptime runs on. */
  fastStartup: fact(z.boolean()),
});

export const PART_SCHEMAS = {
  identity: identityPart,
  network: networkPart,
  antivirus: antivirusPart,
  patch: patchPart,
  power: powerPart,
} as const;
export type PartName = keyof typeof PART_SCHEMAS;
export const PART_NAMES = Object.keys(PART_SCHEMAS) as PartName[];

export type Parts = { [Name in PartName]: z.infer<(typeof PART_SCHEMAS)[Name]> };

const hash = z.string().regex(/^[0-9a-f]{16}$/);

/** A part as it travels: whole, or only its hash when the centre was already told this content. */
function part<T extends z.ZodType>(content: T) {
  return z.object({ hash, collectedAt: instant, content: content.optional() });
}

export const postureBody = z.object({
  reason: z.enum(["start", "change", "daily", "command"]),
  identity: part(identityPart),
  network: part(networkPart),
  antivirus: part(antivirusPart),
  patch: part(patchPart),
  power: part(powerPart),
});
export type PostureBody = z.infer<typeof postureBody>;
