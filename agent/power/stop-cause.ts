/** Why the agent is being stopped: the whole machine going down, or only this service. */
import type { Os } from "../os/os.ts";
import { parseEvents } from "../probes/power/wevtutil.ts";

/** There are a few seconds between SIGTERM and SIGKILL; this may not eat them. */
const ASK_TIMEOUT_MS = 1_500;

/** Asked at SIGTERM. systemd says `stopping` once a shutdown is queued; System V init is in run level 0 or 6. */
export async function stopCause(os: Os): Promise<"os-shutdown" | "service-stop"> {
  if (os.family === "windows") return windowsStopCause(os);
  const options = { timeoutMs: ASK_TIMEOUT_MS };
  const systemd = await os.run("systemctl", ["is-system-running"], options);
  if (systemd.ok && systemd.stdout.trim() === "stopping") return "os-shutdown";
  if (systemd.ok && systemd.stdout.trim() !== "offline") return "service-stop";
  const init = await os.run("runlevel", [], options);
  return init.ok && /\s[06]\s*$/.test(init.stdout) ? "os-shutdown" : "service-stop";
}

/** User32 writes event 1074 as soon as a shutdown is requested, before services are told. Not yet run on Windows. */
async function windowsStopCause(os: Os): Promise<"os-shutdown" | "service-stop"> {
  const recent = `TimeCreated[timediff(@SystemTime) <= ${REQUEST_AGE_MAX_MS}]`;
  const query = `*[System[Provider[@Name='User32'] and (EventID=1074) and ${recent}]]`;
  const args = ["qe", "System", `/q:${query}`, "/c:1", "/rd:true", "/f:xml", "/uni:true"];
  const ran = await os.run("wevtutil.exe", args, { timeoutMs: ASK_TIMEOUT_MS });
  return ran.ok && parseEvents(ran.stdout).length > 0 ? "os-shutdown" : "service-stop";
}

const REQUEST_AGE_MAX_MS = 300_000;
