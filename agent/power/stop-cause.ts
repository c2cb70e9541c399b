/** Why the agent is being stopped: the whole machine going down, or only this service. */
import type { Os } from "../os/os.ts";

/** There are a few seconds between SIGTERM and SIGKILL; this may not eat them. */
const ASK_TIMEOUT_MS = 1_500;

/** Asked at SIGTERM. systemd says `stopping` once a shutdown is queued; System V init is in run level 0 or 6. */
export async function stopCause(os: Os): Promise<"os-shutdown" | "service-stop"> {
  if (os.family === "windows") return "service-stop";
  const options = { timeoutMs: ASK_TIMEOUT_MS };
  const systemd = await os.run("systemctl", ["is-system-running"], options);
  if (systemd.ok && systemd.stdout.trim() === "stopping") return "os-shutdown";
  if (systemd.ok && systemd.stdout.trim() !== "offline") return "service-stop";
  const init = await os.run("runlevel", [], options);
  return init.ok && /\s[06]\s*$/.test(init.stdout) ? "os-shutdown" : "service-stop";
}
