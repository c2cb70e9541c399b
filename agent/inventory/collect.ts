/** Collects an inventory: software from the package database, hardware from a child process with a kill timer. */
import { fileURLToPath } from "node:url";
import { fail, type Os, type Outcome } from "../os/os.ts";
import { queryRegistry } from "../probes/windows/registry.ts";
import type { Inventory } from "./compose.ts";
import { parsePackages, parseUninstall, type Software, sortSoftware } from "./software.ts";

const CHILD_TIMEOUT_MS = 120_000;
const LIST_TIMEOUT_MS = 60_000;
const UNINSTALL = ["SOFTWARE\\", "SOFTWARE\\WOW6432Node\\"].map(
  (root) => `HKLM\\${root}Microsoft\\Windows\\CurrentVersion\\Uninstall`,
);

/** dpkg-query's own placeholders, not a template of ours. */
const DPKG_FORMAT = ["Package", "Version"]
  .map((field) => `\${${field}}`)
  .join("\\t")
  .concat("\\n");

export async function collectInventory(os: Os): Promise<Outcome<{ inventory: Inventory }>> {
  const software = os.family === "windows" ? await readUninstall(os) : await readPackages(os);
  if (!software.ok) return software;
  const hardware = await readHardware(os);
  if (!hardware.ok) return hardware;
  return { ok: true, inventory: { hardware: hardware.hardware, software: software.software } };
}

async function readPackages(os: Os): Promise<Outcome<{ software: Software[] }>> {
  const options = { timeoutMs: LIST_TIMEOUT_MS, lowPriority: true };
  const dpkg = await os.stat("/var/lib/dpkg/status");
  const ran = dpkg.ok
    ? await os.run("dpkg-query", ["-W", "-f", DPKG_FORMAT], options)
    : await os.run("rpm", ["-qa", "--qf", "%{NAME}\\t%{VERSION}-%{RELEASE}\\n"], options);
  return ran.ok ? { ok: true, software: parsePackages(ran.stdout) } : ran;
}

async function readUninstall(os: Os): Promise<Outcome<{ software: Software[] }>> {
  const found: Software[] = [];
  for (const key of UNINSTALL) {
    const answer = await queryRegistry(os, key, true);
    if (answer.ok) found.push(...parseUninstall(answer.keys));
    else if (answer.reason !== "not-recorded") return answer;
  }
  return { ok: true, software: sortSoftware(found) };
}

async function readHardware(os: Os): Promise<Outcome<{ hardware: Record<string, string> }>> {
  const ran = await os.run(process.execPath, [...process.execArgv, childPath()], {
    timeoutMs: CHILD_TIMEOUT_MS,
    lowPriority: true,
  });
  if (!ran.ok) return ran;
  try {
    return { ok: true, hardware: JSON.parse(ran.stdout) as Record<string, string> };
  } catch {
    return fail("probe-failed", `hardware child: exit ${ran.exitCode} ${ran.stderr.slice(-300)}`);
  }
}

/** Beside this file: as source, as compiled output, or as the second file of the bundle. */
function childPath(): string {
  const own = import.meta.url;
  const name = own.endsWith(".ts") ? "./child.ts" : own.endsWith(".mjs") ? "./inventory-child.mjs" : "./child.js";
  return fileURLToPath(new URL(name, own));
}
