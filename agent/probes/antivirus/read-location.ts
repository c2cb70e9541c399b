/** Reads the texts at the place that a rule names. A command is run once a collection, however many values it holds. */
import { fail, type Os, type Outcome } from "../../os/os.ts";
import { parseIni } from "../text.ts";
import { findRegistryValues } from "../windows/registry.ts";
import type { Location } from "./rule.ts";

export type Texts = Outcome<{ texts: string[]; source: string }>;
export type LocationReader = (location: Location) => Promise<Texts>;

const COMMAND_TIMEOUT_MS = 10_000;
const TEXT_FILES_MAX = 8;

/** A reader that remembers the output of commands; make one for each collection. */
export function locationReader(os: Os): LocationReader {
  const outputs = new Map<string, Promise<Outcome<{ text: string }>>>();
  const outputOf = (command: string, args: readonly string[]) => {
    const key = [command, ...args].join(" ");
    const output = outputs.get(key) ?? runForText(os, command, args);
    outputs.set(key, output);
    return output;
  };
  return async (location) => {
    switch (location.kind) {
      case "registry": {
        const found = await findRegistryValues(os, location.key, location.value);
        return found.ok
          ? texts(
              found.values.map(({ data }) => data),
              `${location.key}\\${location.value}`,
            )
          : found;
      }
      case "ini":
        return fromFiles(os, location.path, (text) => parseIni(text).get(location.key));
      case "text":
        return fromFiles(os, location.path, (text) => lastMatch(text, location.pattern));
      case "json-file":
        return fromFiles(os, location.path, (text) => atPointer(text, location.pointer));
      case "json-command": {
        const output = await outputOf(location.command, location.args);
        if (!output.ok) return output;
        const value = atPointer(output.text, location.pointer);
        const source = [location.command, ...location.args].join(" ");
        return value === undefined
          ? fail("not-recorded", `${source}: nothing at ${location.pointer}`)
          : texts([value], source);
      }
    }
  };
}

async function runForText(os: Os, command: string, args: readonly string[]): Promise<Outcome<{ text: string }>> {
  const ran = await os.run(command, args, { timeoutMs: COMMAND_TIMEOUT_MS });
  if (!ran.ok) return ran;
  // Some vendors' health commands exit with an error exactly when they have something to report.
  if (ran.exitCode !== 0 && ran.stdout.trim() === "") return fail("probe-failed", `${command}: exit ${ran.exitCode}`);
  return { ok: true, text: ran.stdout };
}

/** One text a file that has it; the caller takes the newest date among them. */
async function fromFiles(os: Os, pattern: string, pick: (text: string) => string | undefined): Promise<Texts> {
  const found: string[] = [];
  let refusal: Texts | undefined;
  for (const path of (await os.glob(pattern)).slice(-TEXT_FILES_MAX)) {
    const read = await os.readText(path);
    const value = read.ok ? pick(read.text) : undefined;
    if (value !== undefined) found.push(value);
    else if (!read.ok && read.reason !== "not-recorded") refusal = read;
  }
  if (found.length > 0) return texts(found, pattern);
  return refusal ?? fail("not-recorded", `${pattern}: nothing found`);
}

function lastMatch(text: string, pattern: string): string | undefined {
  return [...text.matchAll(new RegExp(pattern, "gm"))].at(-1)?.[1];
}

/** The value at a JSON pointer (RFC 6901) as text; `{"value": x}` and `{"$type": x}` stand for x, as Defender writes them. */
export function atPointer(json: string, pointer: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  for (const level of pointer.split("/").slice(1)) value = isObject(value) ? value[level] : undefined;
  if (isObject(value)) value = value.value ?? value.$type;
  if (value === undefined || value === null) return undefined;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function texts(found: string[], source: string): Texts {
  return { ok: true, texts: found, source };
}
