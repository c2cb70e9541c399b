/** Whether the newest installed kernel is the running one. Pure. */

/**
 * True: a newer kernel waits for a reboot. Undefined: the running one is not among `images` (container, foreign loader).
 * @param images Paths `/boot/vmlinuz-RELEASE`.
 */
export function newerKernelWaits(images: readonly string[], running: string): boolean | undefined {
  const releases = images
    .flatMap((path) => /vmlinuz-((?!.*rescue).+?)$/.exec(path)?.[1] ?? [])
    .filter((release) => !release.endsWith(".old"));
  if (!releases.includes(running)) return undefined;
  return releases.some((release) => compareReleases(release, running) > 0);
}

/** Compares release texts piece by piece, numbers as numbers: `6.1.0-28` > `6.1.0-9`. */
export function compareReleases(a: string, b: string): number {
  const left = pieces(a);
  const right = pieces(b);
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const order = comparePieces(left[index] ?? "", right[index] ?? "");
    if (order !== 0) return order;
  }
  return 0;
}

function pieces(release: string): string[] {
  return release.match(/\d+|[a-z]+/gi) ?? [];
}

/** A number outranks a word, as rpm has it: `427.13.1.el9` > `427.el9`. */
function comparePieces(a: string, b: string): number {
  const [left, right] = [/^\d/.test(a), /^\d/.test(b)];
  if (left && right) return Number(a) - Number(b);
  if (left !== right) return left ? 1 : -1;
  return a < b ? -1 : a > b ? 1 : 0;
}
