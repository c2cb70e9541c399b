/** The collector's configuration: `collector.json` in its home, overridden by the command line. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { isZone } from "../protocol/clock/local-time.ts";
import { AppError } from "../protocol/errors.ts";
import { NAME_PATTERN } from "../protocol/messages/names.ts";

/** A third of it must outlast the holidays: a PC that is off renews nothing. */
export const CERTIFICATE_DAYS_MIN = 30;
/** The longest that common TLS software accepts. */
export const CERTIFICATE_DAYS_MAX = 397;

const port = z.int().min(0).max(65_535);

export const collectorConfig = z.strictObject({
  site: z.string().regex(NAME_PATTERN).default("site"),
  /** IANA zone in which the site lives; everything is stored in UTC. */
  zone: z.string().refine(isZone, "not a time zone of the IANA database").default("Asia/Shanghai"),
  /** Loopback unless opened: `0.0.0.0` or an address of this machine lets the network in. */
  host: z.string().min(1).default("127.0.0.1"),
  apiPort: port.default(8443),
  mqttPort: port.default(8883),
  /** Names and addresses by which sources reach this machine, for the server certificate; the first is told to sources. */
  names: z.array(z.string().min(1).max(253)).default([]),
  /** `mqtts://host:port` of an external broker in place of the embedded one. */
  broker: z.string().startsWith("mqtts://").optional(),
  sqlite: z.enum(["sqlite3", "node"]).default("sqlite3"),
  /** Life of a source's certificate; renewed once two thirds of it are over. */
  certificateDays: z.int().min(CERTIFICATE_DAYS_MIN).max(CERTIFICATE_DAYS_MAX).default(90),
  logLevel: z.enum(["debug", "info", "warn", "error"]).default("info"),
});
export type CollectorConfig = z.infer<typeof collectorConfig>;
export type CollectorConfigInput = z.input<typeof collectorConfig>;

/** An absent file is an empty configuration. Rejects with AppError `config-invalid` with the place of the fault. */
export async function readCollectorConfig(
  home: string,
  overrides: CollectorConfigInput = {},
): Promise<CollectorConfig> {
  const path = join(home, "collector.json");
  const file = await readJson(path);
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  const parsed = collectorConfig.safeParse({ ...(file as object), ...given });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AppError("config-invalid", `${path}: ${issue?.path.join(".")}: ${issue?.message}`);
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw new AppError("config-invalid", `${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
