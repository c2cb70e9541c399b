/** The answer to a terminal that asks for its communication key (1102): a scramble, not a secret. */

const MASK = Buffer.from("ZKSO", "latin1");
const TICKS = 50;

/** `key` 0..999,999 as configured on the terminal; `session` from the refusal (2005). */
export function encodeCommKey(key: number, session: number, ticks = TICKS): Uint8Array {
  let mirrored = 0;
  for (let bit = 0; bit < 32; bit++) mirrored = ((mirrored << 1) | ((key >>> bit) & 1)) >>> 0;
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE((mirrored + session) >>> 0, 0);
  const [, b, c, d] = sum.map((byte, index) => byte ^ (MASK[index] as number)) as unknown as [
    number,
    number,
    number,
    number,
  ];
  const tick = ticks & 0xff;
  return Uint8Array.from([c ^ tick, d ^ tick, tick, b ^ tick]);
}
