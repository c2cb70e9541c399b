/** What went wrong with what sources sent: counted always, logged now and then, so that a flood of rubbish fills no log. */
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import { TROUBLE_EVERY_MS, TROUBLES_MAX } from "./settings.ts";

export const TROUBLES = [
  "message-too-large",
  "not-utf8",
  "not-json",
  "bad-envelope",
  "unexpected-channel",
  "unknown-source",
  "revoked",
  "duplicate-identity",
  "too-many-epochs",
  "overload",
] as const;
export type Trouble = (typeof TROUBLES)[number];

export class Troubles {
  readonly #deps: { clock: Clock; log: Log };
  readonly #counts: Record<string, number>;
  /** When each trouble of each source was last logged, the oldest first. */
  readonly #logged = new Map<string, number>();

  constructor(deps: { clock: Clock; log: Log }) {
    this.#deps = deps;
    this.#counts = Object.fromEntries(TROUBLES.map((trouble) => [trouble, 0]));
  }

  /** Counts and logs; true when this was the first in `TROUBLE_EVERY_MS`, so that more than counting is worth while. */
  report(trouble: Trouble, source: string, fields: object = {}): boolean {
    this.#counts[trouble] = (this.#counts[trouble] ?? 0) + 1;
    const key = `${trouble} ${source}`;
    const now = this.#deps.clock.monotonic();
    const last = this.#logged.get(key);
    if (last !== undefined && now - last < TROUBLE_EVERY_MS) return false;
    this.#logged.delete(key);
    this.#makeRoom(now);
    if (this.#logged.size >= TROUBLES_MAX) return false;
    this.#logged.set(key, now);
    this.#deps.log.warn({ trouble, source, ...fields }, "message refused");
    return true;
  }

  counts(): Record<string, number> {
    return { ...this.#counts };
  }

  #makeRoom(now: number): void {
    for (const [key, at] of this.#logged) {
      if (now - at < TROUBLE_EVERY_MS) return;
      this.#logged.delete(key);
    }
  }
}
