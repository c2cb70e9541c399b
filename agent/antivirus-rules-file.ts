/** Rules that a site adds: `antivirus-rules.json`, a list in the shape of ProductRule. A bad rule is left out with a warning. */
import { join } from "node:path";
import type { Log } from "../protocol/log.ts";
import type { Confidence } from "../protocol/messages/fact.ts";
import { readIfThere } from "../protocol/uplink/whole-file.ts";
import { PRODUCT_RULES } from "./probes/antivirus/products.ts";
import type { DateFormat, ProductRule } from "./probes/antivirus/rule.ts";

const RULES_MAX = 64;

/** The site's rules first; one that has a built-in product's name and platform replaces it. */
export async function readAntivirusRules(home: string, log: Log): Promise<ProductRule[]> {
  const path = join(home, "antivirus-rules.json");
  const text = await readIfThere(path).catch((error: unknown) => {
    log.warn({ path, error }, "the site's antivirus rules cannot be read");
    return undefined;
  });
  if (text === undefined) return [...PRODUCT_RULES];
  const added = parseRules(text, (reason) => log.warn({ path, reason }, "an antivirus rule was left out"));
  const replaced = (rule: ProductRule) =>
    added.some(({ name, platform }) => name === rule.name && platform === rule.platform);
  return [...added, ...PRODUCT_RULES.filter((rule) => !replaced(rule))];
}

export function parseRules(text: string, refuse: (reason: string) => void): ProductRule[] {
  let rules: unknown;
  try {
    rules = JSON.parse(text);
  } catch {
    refuse("the file is not JSON");
    return [];
  }
  if (!Array.isArray(rules)) {
    refuse("the file must hold a list");
    return [];
  }
  return rules.slice(0, RULES_MAX).filter((rule): rule is ProductRule => {
    const reason = faultOf(rule);
    if (reason) refuse(reason);
    return reason === undefined;
  });
}

const PLATFORMS = ["linux", "windows", "any"];
/** What each kind of detector needs, and each kind of place. */
const DETECTORS: Needs = {
  path: ["path"],
  process: ["names"],
  service: ["names"],
  registry: ["key"],
  "security-center": ["pattern"],
};
const LOCATIONS: Needs = {
  registry: ["key", "value"],
  ini: ["path", "key"],
  text: ["path", "pattern"],
  "json-file": ["path", "pointer"],
  "json-command": ["command", "args", "pointer"],
};
const DATES: Needs = { ...LOCATIONS, "newest-mtime": ["path"], "file-name": ["path", "pattern"] };
const FORMATS = { filetime: 1, epoch: 1, "epoch-ms": 1, local: 1 } as const satisfies Record<DateFormat, number>;
const CONFIDENCES = {
  "vendor-api": 1,
  "vendor-record": 1,
  "os-record": 1,
  "file-mtime": 1,
  boolean: 1,
} as const satisfies Record<Confidence, number>;
const LISTS = ["names", "args"];

type Needs = Record<string, readonly string[]>;

/** Enough that no probe trips over it: one that does would take the other products' evidence with it. */
function faultOf(rule: unknown): string | undefined {
  if (!isObject(rule)) return "a rule must be an object";
  const { name, platform, detect, guard, reader, definitionsAt = [], lastScanAt = [], notes = [] } = rule;
  if (typeof name !== "string" || name === "") return "a rule needs a name";
  if (!PLATFORMS.includes(String(platform))) return `${name}: platform must be ${PLATFORMS.join(", ")}`;
  if (!Array.isArray(detect) || detect.length === 0) return `${name}: detect must be a list`;
  if (detect.some((detector) => !hasKind(detector, DETECTORS)))
    return `${name}: a detector's kind must be ${Object.keys(DETECTORS).join(", ")}`;
  if (detect.some((detector) => !isWhole(detector, DETECTORS))) return `${name}: a detector lacks what its kind needs`;
  if (guard !== undefined && !(isObject(guard) && [guard.processes ?? [], guard.services ?? []].every(isTexts)))
    return `${name}: guard must have lists of processes or services`;
  if (reader !== undefined && reader !== "clamav") return `${name}: reader must be clamav`;
  if (![definitionsAt, lastScanAt, notes].every(Array.isArray))
    return `${name}: definitionsAt, lastScanAt and notes must be lists`;
  const dates = [...(definitionsAt as unknown[]), ...(lastScanAt as unknown[])];
  const places = [rule.protection, rule.version, rule.definitionsVersion].filter((place) => place !== undefined);
  const noted = (notes as { location?: unknown }[]).map((note) => note?.location);
  if ([...places, ...noted].some((place) => !isWhole(place, LOCATIONS)) || !dates.every(isDate))
    return `${name}: a place's kind is unknown, or it lacks what its kind needs`;
  return patternsOf(rule).find((pattern) => !compiles(pattern)) && `${name}: a pattern does not compile`;
}

function isDate(value: unknown): boolean {
  if (!isWhole(value, DATES)) return false;
  const { format = "local", confidence } = value;
  return Object.hasOwn(FORMATS, String(format)) && Object.hasOwn(CONFIDENCES, String(confidence));
}

function isWhole(value: unknown, needs: Needs): value is Record<string, unknown> {
  if (!hasKind(value, needs)) return false;
  return (needs[value.kind] ?? []).every((field) =>
    LISTS.includes(field) ? isTexts(value[field]) : typeof value[field] === "string",
  );
}

function hasKind(value: unknown, needs: Needs): value is Record<string, unknown> & { kind: string } {
  return isObject(value) && typeof value.kind === "string" && Object.hasOwn(needs, value.kind);
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function patternsOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) =>
    key === "pattern" && typeof item === "string" ? [item] : patternsOf(item),
  );
}

function compiles(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}
