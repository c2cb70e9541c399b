/** The bit field `productState` of Windows Security Center: undocumented, but the same since Windows Vista. Pure. */

export interface ProductState {
  state: "off" | "on" | "snoozed" | "expired" | "unknown";
  definitionsCurrent: boolean | undefined;
}

const STATES = ["off", "on", "snoozed", "expired"] as const;

/** 266240 = on and current, 266256 = on and old, 393472 = off and current (agent-signals, Antivirus). */
export function decodeProductState(value: number): ProductState {
  const signatures = (value >> 4) & 0xf;
  return {
    state: STATES[(value >> 12) & 0xf] ?? "unknown",
    definitionsCurrent: signatures === 0 ? true : signatures === 1 ? false : undefined,
  };
}
