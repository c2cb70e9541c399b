/** Waits, bounded, for something that a real socket or process brings about. */
const WAIT_MS_MAX = 20_000;
const LOOK_EVERY_MS = 5;

type Awaitable<T> = T | Promise<T>;

/** Resolves to the first value that is neither undefined nor false; rejects after 20 s with what was waited for. */
export async function until<T>(what: string, look: () => Awaitable<T | undefined | false>): Promise<T> {
  const end = performance.now() + WAIT_MS_MAX;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > end) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
