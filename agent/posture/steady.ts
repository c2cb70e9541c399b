/** Keeps values that jitter without any change of the PC, and remembers since when updates are pending. Pure. */
import type { Parts } from "../../protocol/messages/records/posture.ts";

export interface BootMemory {
  bootId: string;
  bootedAt: string;
}

/** The kernel's boot time moves with each correction of the clock; within this it is the same boot. */
const BOOT_JITTER_MS = 10 * 60_000;

/** The same boot keeps the boot time that it was first reported with. */
export function steadyBoot(
  power: Parts["power"],
  memory: BootMemory | undefined,
): { power: Parts["power"]; memory?: BootMemory } {
  const { bootId, bootedAt } = power;
  if (!("value" in bootId) || !("value" in bootedAt)) return { power, ...(memory && { memory }) };
  const same = memory?.bootId === bootId.value && near(memory.bootedAt, bootedAt.value);
  const kept = same ? memory.bootedAt : bootedAt.value;
  return {
    power: { ...power, bootedAt: { ...bootedAt, value: kept } },
    memory: { bootId: bootId.value, bootedAt: kept },
  };
}

function near(a: string, b: string): boolean {
  return Math.abs(Date.parse(a) - Date.parse(b)) < BOOT_JITTER_MS;
}

/** First-seen times of the security updates pending now; those no longer pending are forgotten. */
export function rememberPending(
  patch: Parts["patch"],
  before: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const { pending } = patch;
  // Unknown now is not installed now: what was seen pending stays remembered.
  if (!("value" in pending)) return before;
  return new Map(pending.value.packages.map((name) => [name, before.get(name) ?? pending.at]));
}
