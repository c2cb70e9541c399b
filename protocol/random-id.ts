/** A random 64-bit id as the contract writes them (epochs, sessions): 16 hex digits. */
import type { Random } from "./time.ts";

export function randomId(random: Random): string {
  return Array.from({ length: 16 }, () => Math.floor(random() * 16).toString(16)).join("");
}
