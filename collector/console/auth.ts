/** Bearer tokens: who asks, and whether he may. Failures are counted per address. */
import type { FastifyRequest } from "fastify";
import { AppError } from "../../protocol/errors.ts";
import type { Clock } from "../../protocol/time.ts";
import { type ApiIdentity, type ApiScope, type TokenDeps, verifyApiToken } from "../enrolment/tokens.ts";

/** After so many failures an address is told to wait. */
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

  /** Whether the token of a request that was let in still holds. */
  async stillHolds(request: FastifyRequest): Promise<boolean> {
    return (await this.#verify(request)) !== undefined;
  }

  /** A right token passes whatever others did from its address: 256 random bits are not found by guessing, and a neighbour locks nobody out. */
  async #identify(request: FastifyRequest): Promise<ApiIdentity> {
    const identity = await this.#verify(request);
    if (identity) return identity;
    if (!this.#failures.add(request.ip, this.#deps.clock))
      throw new AppError("rate-limited", "too many failed attempts: wait");
    throw new AppError("unauthorised", "a bearer token is needed: `dianmao collector token create` makes one");
  }

  async #verify(request: FastifyRequest): Promise<ApiIdentity | undefined> {
    const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? "")?.[1];
    return token === undefined ? undefined : await verifyApiToken(this.#deps, token);
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

  /** Counts a failure; false once there are too many of the address. */
  add(address: string, clock: Clock): boolean {
    const known = this.#byAddress.get(address);
    const isRecent = known !== undefined && clock.monotonic() - known.since <= FAILURES_WINDOW_MS;
    const entry = isRecent ? known : { count: 0, since: clock.monotonic() };
    entry.count++;
    this.#byAddress.set(address, entry);
    if (this.#byAddress.size > ADDRESSES_MAX) {
      this.#byAddress.delete(this.#byAddress.keys().next().value as string);
    }
    return entry.count <= FAILURES_MAX;
  }
}
