/** Bearer tokens: who asks, and whether he may. Failures are counted per address and slow an attacker down. */
import type { FastifyRequest } from "fastify";
import { AppError } from "../../protocol/errors.ts";
import type { Clock } from "../../protocol/time.ts";
import { type ApiIdentity, type ApiScope, type TokenDeps, verifyApiToken } from "../enrolment/tokens.ts";

/** After so many failures an address waits. */
export const FAILURES_MAX = 20;
export const FAILURES_WINDOW_MS = 15 * 60 * 1000;
const ADDRESSES_MAX = 10_000;

declare module "fastify" {
  interface FastifyRequest {
    /** Set once the token was verified. */
    identity?: ApiIdentity;
  }
}

export class Authenticator {
  readonly #deps: TokenDeps;
  readonly #failures = new FailureBook();

  constructor(deps: TokenDeps) {
    this.#deps = deps;
  }

  /** A hook that lets a request pass whose token has the scope. `admin` may do everything, `write` may read. */
  require(scope: ApiScope) {
    return async (request: FastifyRequest): Promise<void> => {
      const identity = await this.#identify(request);
      if (!includes(identity.scopes, scope)) {
        throw new AppError("forbidden", `this token may not do that: it needs the scope ${scope}`);
      }
      request.identity = identity;
    };
  }

  async #identify(request: FastifyRequest): Promise<ApiIdentity> {
    const { clock } = this.#deps;
    if (this.#failures.isBlocked(request.ip, clock))
      throw new AppError("rate-limited", "too many failed attempts: wait");
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
    const identity = token === undefined ? undefined : await verifyApiToken(this.#deps, token);
    if (identity) return identity;
    this.#failures.add(request.ip, clock);
    throw new AppError("unauthorised", "a bearer token is needed: `dianmao collector token create` makes one");
  }
}

/** Who did it, for decisions: the token's label. */
export function decidedBy(request: FastifyRequest): string {
  return `token:${request.identity?.label ?? "unknown"}`;
}

function includes(scopes: readonly ApiScope[], scope: ApiScope): boolean {
  return scopes.includes("admin") || scopes.includes(scope) || (scope === "read" && scopes.includes("write"));
}

class FailureBook {
  readonly #byAddress = new Map<string, { count: number; since: number }>();

  isBlocked(address: string, clock: Clock): boolean {
    const entry = this.#byAddress.get(address);
    if (!entry) return false;
    if (clock.monotonic() - entry.since > FAILURES_WINDOW_MS) {
      this.#byAddress.delete(address);
      return false;
    }
    return entry.count >= FAILURES_MAX;
  }

  add(address: string, clock: Clock): void {
    const entry = this.#byAddress.get(address) ?? { count: 0, since: clock.monotonic() };
    entry.count++;
    this.#byAddress.set(address, entry);
    if (this.#byAddress.size > ADDRESSES_MAX) {
      this.#byAddress.delete(this.#byAddress.keys().next().value as string);
    }
  }
}
