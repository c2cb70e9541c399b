/** One simulated PC at work: a real source (key, certificate, journal, MQTT session) that says what its agent would say. */
import { join } from "node:path";
import type { Log } from "../../protocol/log.ts";
import type { Clock, Random } from "../../protocol/time.ts";
import type { CentreTrust, OpenSource, Source, SourceState } from "../../protocol/uplink/source.ts";
import type { SimulatedPc } from "./pc.ts";
import { bootRecords, ipChangeRecord, postureRecord, shutdownRecord } from "./records.ts";

export interface CentreOptions extends CentreTrust {
  /** `https://127.0.0.1:8443` */
  url: string;
  token?: string;
  /** Another broker than the enrolment names. */
  broker?: string;
}

export interface PcDeps {
  openSource: OpenSource;
  clock: Clock;
  random: Random;
  log: Log;
}

/** Shown as the agent's version wherever simulated sources appear. */
export const SIMULATED_AGENT = "simulated";

/** How long a PC that shuts down waits for its last records to be committed. */
const FLUSH_MS = 3_000;

export class OfficePc {
  readonly pc: SimulatedPc;
  readonly #home: string;
  readonly #centre: CentreOptions;
  readonly #deps: PcDeps;
  #source: Source | undefined;

  /** @param home the folder of all simulated PCs; each has its own within */
  constructor(pc: SimulatedPc, home: string, centre: CentreOptions, deps: PcDeps) {
    this.pc = pc;
    this.#home = join(home, pc.wanted);
    this.#centre = centre;
    this.#deps = { ...deps, clock: skewed(deps.clock, pc.clockErrorMs) };
  }

  get home(): string {
    return this.#home;
  }

  /** Switches the PC on: it boots, enrols and reports. Resolves once its records are in its journal. */
  async start(): Promise<void> {
    const { url, token, broker, caFile, caFingerprint } = this.#centre;
    const { pc } = this;
    this.#source = await this.#deps.openSource(
      {
        home: this.#home,
        kind: "agent",
        centre: { url, ...(token && { token }), ...(caFile && { caFile }), ...(caFingerprint && { caFingerprint }) },
        ...(broker && { broker }),
        machine: pc.machine,
        fingerprint: pc.fingerprint,
        hostname: pc.hostname,
        version: SIMULATED_AGENT,
        wanted: pc.wanted,
        simulated: true,
      },
      this.#deps,
    );
    for (const record of bootRecords(pc, this.#now())) await this.#source.append(record);
    await this.#source.append(postureRecord(pc, "start", this.#now()));
  }

  /** Somebody sets another address by hand. */
  async changeAddress(to: string): Promise<void> {
    if (!this.#source) return;
    await this.#source.append(ipChangeRecord(this.pc, to, this.#now()));
    this.pc.address = to;
    this.pc.addressOrigin = "manual";
    await this.#source.append(postureRecord(this.pc, "change", this.#now()));
  }

  /** Its user shuts it down as one should. */
  async shutDown(): Promise<void> {
    const source = this.#source;
    this.#source = undefined;
    if (!source) return;
    await source.append(shutdownRecord(this.pc, this.#now()));
    await source.flush(FLUSH_MS);
    await source.stop("os-shutdown");
  }

  /** Ends the simulation of this PC; nobody shut it down. */
  async stop(): Promise<void> {
    const source = this.#source;
    this.#source = undefined;
    await source?.stop("service-stop");
  }

  state(): SourceState | undefined {
    return this.#source?.state();
  }

  /** Resolves with the name that the centre gave. */
  async enrolled(): Promise<string> {
    if (!this.#source) return this.pc.wanted;
    const { source } = await this.#source.enrolled();
    return source;
  }

  #now(): number {
    return this.#deps.clock.now();
  }
}

/** A clock that is ahead of the true one. */
function skewed(clock: Clock, errorMs: number): Clock {
  return {
    now: () => clock.now() + errorMs,
    monotonic: () => clock.monotonic(),
    after: (ms, callback) => clock.after(ms, callback),
  };
}
