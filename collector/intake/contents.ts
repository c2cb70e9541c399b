/**
 * What the latest records of an epoch contained, as hashes: the same number with another content means that two machines send under
 * one identity (contract, section Delivery, 8).
 */
import { CONTENTS_MAX } from "./settings.ts";

const OFFSET_BASIS = 0x811c9dc5;
const PRIME = 0x01000193;

/**
 * FNV-1a over pairs of UTF-16 code units, 32 bits, continued from `seed`, never 0. Chance agreement (1 in 4 billion) only misses
 * one of many clashes.
 */
export function contentHash(text: string, seed = OFFSET_BASIS): number {
  let hash = seed;
  const even = text.length & ~1;
  for (let index = 0; index < even; index += 2) {
    hash = Math.imul(hash ^ (text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16)), PRIME);
  }
  if (even < text.length) hash = Math.imul(hash ^ text.charCodeAt(even), PRIME);
  return hash === 0 ? 1 : hash;
}

/** A ring by sequence number. Hash 0 stands for "no content to compare": a gap may grow while it is sent again. */
export class Contents {
  readonly #hashes = new Int32Array(CONTENTS_MAX);
  readonly #numbers = new Float64Array(CONTENTS_MAX);

  note(number: number, hash: number): void {
    const place = number % CONTENTS_MAX;
    this.#hashes[place] = hash;
    this.#numbers[place] = number;
  }

  remembers(number: number): boolean {
    const place = number % CONTENTS_MAX;
    return this.#numbers[place] === number && this.#hashes[place] !== 0;
  }

  /** True when `number` is remembered with another content. */
  clashes(number: number, hash: number): boolean {
    return this.remembers(number) && hash !== 0 && this.#hashes[number % CONTENTS_MAX] !== hash;
  }
}
