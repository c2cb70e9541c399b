/** Rules that a site adds: `antivirus-rules.json`, a list in the shape of ProductRule. A bad rule is left out with a warning. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Log } from "../protocol/log.ts";
import { PRODUCT_RULES } from "./probes/antivirus/products.ts";
import type { ProductRule } from "./probes/antivirus/rule.ts";

const RULES_MAX = 64;

/** The site's rules first; one that has a built-in product's name and platform replaces it. */
export async function readAntivirusRules(home: string, log: Log): Promise<ProductRule[]> {
  const path = join(home, "antivirus-rules.json");
  const text = await readFile(path, "utf8").catch(() => undefined);
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

const DETECTORS = ["path", "process", "service", "registry", "security-center"];
const PLATFORMS = ["linux", "windows", "any"];

/** Enough that no probe trips over it: patterns must compile, a command must be a plain list. */
function faultOf(rule: unknown): string | undefined {
  if (typeof rule !== "object" || rule === null) return "a rule must be an object";
  const { name, platform, detect, reader } = rule as Partial<ProductRule>;
  if (typeof name !== "string" || name === "") return "a rule needs a name";
  if (!PLATFORMS.includes(platform ?? "")) return `${name}: platform must be ${PLATFORMS.join(", ")}`;
  if (!Array.isArray(detect) || detect.length === 0) return `${name}: detect must be a list`;
  const strange = detect.find((detector) => !DETECTORS.includes(detector?.kind));
  if (strange) return `${name}: a detector's kind must be ${DETECTORS.join(", ")}`;
  if (reader !== undefined && reader !== "clamav") return `${name}: reader must be clamav`;
  return patternsOf(rule).find((pattern) => !compiles(pattern)) && `${name}: a pattern does not compile`;
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
