/**
 * What the latest records of an epoch contained, as hashes: the same number with another content means that two machines send under
 * one identity (contract, section Delivery, 8).
 */
import { crc32 } from "node:zlib";
import { CONTENTS_MAX } from "./settings.ts";

/** CRC-32 of the text in UTF-8, continued from `seed`, never 0. Chance agreement (1 in 4 billion) only misses one of many clashes. */
export function contentHash(text: string, seed = 0): number {
  return crc32(text, seed) || 1;
}

/** A ring by sequence number. Hash 0 stands for "no content to compare": a gap may grow while it is sent again. */
export class Contents {
  readonly #hashes = new Uint32Array(CONTENTS_MAX);
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
