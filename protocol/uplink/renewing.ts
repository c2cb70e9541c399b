/** Renews a certificate once two thirds of its life are over, or when told to. */
import { type KeyObject, X509Certificate } from "node:crypto";
import type { Log } from "../log.ts";
import type { Clock } from "../time.ts";
import { requestRenewal } from "./enrol.ts";
import { type Identity, storeIdentity } from "./identity.ts";

/** How often it is looked at; also the wait after a failure. */
export const RENEW_CHECK_MS = 60 * 60 * 1000;
const RENEW_AT = 2 / 3;

export interface RenewingDeps {
  home: string;
  centreUrl: string | undefined;
  key: KeyObject;
  identity: () => Identity | undefined;
  clock: Clock;
  log: Log;
  onRenewed(identity: Identity): void;
}

export class Renewing {
  readonly #deps: RenewingDeps;
  #cancel = () => {};
  #isRunning = false;
  #isStopped = false;
  #storing: Promise<void> = Promise.resolve();

  constructor(deps: RenewingDeps) {
    this.#deps = deps;
    this.#watch();
  }

  /** Renews now; one renewal at a time. Never throws: a failure is logged, and tried again with the next look. */
  renew(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#renew()
      .catch((error: Error) => this.#deps.log.warn({ err: error.message }, "the certificate could not be renewed"))
      .finally(() => {
        this.#isRunning = false;
      });
  }

  /** Resolves when nothing more is written to the folder. */
  stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel();
    return this.#storing;
  }

  #watch(): void {
    const { clock, identity } = this.#deps;
    this.#cancel = clock.after(RENEW_CHECK_MS, () => {
      const held = identity();
      if (held && clock.now() >= this.#dueAt(held)) this.renew();
      this.#watch();
    });
  }

  /** A certificate that cannot be read is told by the connection, and must not end the program from within a timer. */
  #dueAt({ certificate }: Identity): number {
    try {
      return renewalTime(certificate);
    } catch (error) {
      this.#deps.log.warn({ err: (error as Error).message }, "the certificate cannot be read");
      return Number.POSITIVE_INFINITY;
    }
  }

  async #renew(): Promise<void> {
    const { home, centreUrl, key, identity, onRenewed } = this.#deps;
    const held = identity();
    if (!held || centreUrl === undefined) return;
    const renewed = { ...held, ...(await requestRenewal(centreUrl, key, held)) };
    if (this.#isStopped) return;
    const stored = storeIdentity(home, renewed);
    this.#storing = stored.catch(() => {});
    await stored;
    if (!this.#isStopped) onRenewed(renewed);
  }
}

/** When two thirds of the certificate's life are over, ms since 1970. */
export function renewalTime(certificatePem: string): number {
  const { validFrom, validTo } = new X509Certificate(certificatePem);
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  return from + (to - from) * RENEW_AT;
}
