/** Random and damaged bytes from a seed. */
import type { Random } from "../../../protocol/time.ts";

const NOISE_BYTES_MAX = 120;

/** Of any length up to `lengthMax`, each byte as likely. */
export function bytesFrom(random: Random, lengthMax = NOISE_BYTES_MAX): Uint8Array {
  return Uint8Array.from({ length: Math.floor(random() * (lengthMax + 1)) }, () => Math.floor(random() * 256));
}

/** As it is, cut, lengthened, with bytes changed, or doubled. */
export function damage(bytes: Uint8Array, random: Random): Uint8Array {
  const at = Math.floor(random() * bytes.length);
  const kind = Math.floor(random() * 6);
  if (kind === 0) return bytes.subarray(0, at);
  if (kind === 1) return bytes.subarray(at);
  if (kind === 2) return Buffer.concat([bytes.subarray(0, at), bytesFrom(random, 8), bytes.subarray(at)]);
  if (kind === 3) return Buffer.concat([bytes, bytes]);
  if (kind === 4) return bytes.map((byte, index) => (index === at ? byte ^ (1 << Math.floor(random() * 8)) : byte));
  return bytes;
}
