/** A hall: fingerprint clocks on pseudo terminals with people in front of them, and an office of PCs, at work from the start. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../../protocol/log.ts";
import { seededRandom } from "../../protocol/seeded-random.ts";
import { openSource } from "../../protocol/uplink/open-source.ts";
import { SYSTEM_CLOCK } from "../../protocol/uplink/system-clock.ts";
import { startCrowd } from "../clock/crowd.ts";
import type { LedgerEntry } from "../clock/ledger.ts";
import { SimulatedLine } from "../clock/simulated-clock.ts";
import { type FaultProfile, streamSeed } from "../faults/profile.ts";
import { type ExpectedFinding, expectedFindings } from "../pcs/expected.ts";
import { Office, type OfficeState } from "../pcs/office.ts";
import type { CentreOptions } from "../pcs/office-pc.ts";
import type { SimulatedPc } from "../pcs/pc.ts";
import { createPopulation } from "../pcs/population.ts";

const BAUD = 9_600;
const USERS_PER_CLOCK = 40;
const FIRST_USER = 1_001;
const PUNCH_EVERY_MS = 4_000;
const CROWD_STREAM = 300;
/** Things happen to PCs one after the other, from the first of these on: all within the first half minute. */
const EVENTS_FROM_MS = 8_000;
const EVENT_EVERY_MS = 3_000;
/** Cheap clocks: each runs differently, and one was never set. */
const DRIFT_PPM = [15, -60, 120];
const ERROR_MS = [200, -4_000, 47_000];

export interface HallOptions {
  clocks: number;
  pcs: number;
  seed: number;
  centre: CentreOptions;
  /** Folder for ports, keys and journals of the simulation; may be thrown away. */
  home: string;
  faults: FaultProfile;
}

export interface HallPort {
  path: string;
  baud: number;
  number: number;
  serial: string;
}

export interface HallDeps {
  log: Log;
  /** Called with a sentence for people and the facts for programs. */
  tell(event: { event: string } & Record<string, unknown>, sentence: string): void;
}

export interface Hall {
  ports: HallPort[];
  pcs: readonly SimulatedPc[];
  expected: ExpectedFinding[];
  /** Every punch made so far, by clock. */
  punches(): LedgerEntry[];
  office(): OfficeState;
  stop(): Promise<void>;
}

/** Resolves once the clocks are there; the PCs start meanwhile. Throws AppError as `SimulatedLine.open` does. */
export async function startHall(options: HallOptions, deps: HallDeps): Promise<Hall> {
  mkdirSync(options.home, { recursive: true, mode: 0o700 });
  const lines: SimulatedLine[] = [];
  for (let index = 0; index < options.clocks; index++) lines.push(await openClock(index, options, deps));
  const stopCrowds = lines.map((line, index) => startPunching(line, index, options, deps));
  const population = createPopulation(options.pcs, options.seed);
  const office = new Office(
    population.pcs,
    { home: join(options.home, "pcs"), centre: options.centre, seed: options.seed },
    { openSource, clock: SYSTEM_CLOCK, log: deps.log },
  );
  const failed = (pc: SimulatedPc, error: unknown) =>
    deps.log.warn({ pc: pc.wanted, error: String(error) }, "simulated PC did not start");
  const starting = office.startAll(failed);
  const stopEvents = planEvents(population.pcs, office, starting, deps);
  return {
    ports: lines.map(({ path, device }) => {
      const { number, serial } = device.state.options;
      return { path, baud: BAUD, number, serial };
    }),
    pcs: population.pcs,
    expected: expectedFindings(population.pcs),
    punches: () => lines.flatMap(({ device }) => [...device.ledger.entries]),
    office: () => office.state(),
    stop: async () => {
      for (const stop of [stopEvents, ...stopCrowds]) stop();
      await starting;
      await office.stop();
      await Promise.all(lines.map((line) => line.close()));
    },
  };
}

async function openClock(
  index: number,
  { home, seed, faults }: HallOptions,
  { log, tell }: HallDeps,
): Promise<SimulatedLine> {
  const users = Array.from({ length: USERS_PER_CLOCK }, (_, user) => FIRST_USER + index * USERS_PER_CLOCK + user);
  const line = await SimulatedLine.open(
    { path: join(home, `clock-${index + 1}`), baud: BAUD, seed: streamSeed(seed, index), faults },
    [
      {
        number: index + 1,
        serial: `SIM${String(index + 1).padStart(13, "0")}`,
        users,
        driftPpm: DRIFT_PPM[index % DRIFT_PPM.length] ?? 0,
        errorMs: ERROR_MS[index % ERROR_MS.length] ?? 0,
      },
    ],
    { clock: SYSTEM_CLOCK, log },
  );
  line.onMishap = (mishap, phase) =>
    tell({ event: "mishap", clock: index + 1, mishap, phase }, `clock ${index + 1}: ${mishap} ${phase}`);
  return line;
}

function startPunching(line: SimulatedLine, index: number, { seed }: HallOptions, { tell }: HallDeps): () => void {
  const random = seededRandom(streamSeed(seed, CROWD_STREAM + index));
  return startCrowd(
    line.device,
    {
      everyMs: PUNCH_EVERY_MS,
      onPunch: (result) => {
        if (!result.made) return;
        const { clock, user, deviceTime } = result.entry;
        tell({ event: "punch", ...result.entry }, `${clock}: user ${user} punched at ${deviceTime}`);
      },
    },
    { clock: SYSTEM_CLOCK, random },
  );
}

/** Address change, clone and vanishing, each once its PC has started. */
function planEvents(
  pcs: readonly SimulatedPc[],
  office: Office,
  starting: Promise<void>,
  { log, tell }: HallDeps,
): () => void {
  const cancels: (() => void)[] = [];
  const eventful = pcs.filter(({ planted }) => planted === "ip-change" || planted === "clone" || planted === "silent");
  for (const [index, pc] of eventful.entries()) {
    const act = async () => {
      await starting;
      await befall(pc, office);
      tell({ event: "happened", pc: pc.wanted, what: pc.planted }, `${pc.wanted} (${pc.hostname}): ${pc.planted}`);
    };
    const failed = (error: unknown) =>
      log.warn({ pc: pc.wanted, error: String(error) }, "event of a simulated PC failed");
    cancels.push(SYSTEM_CLOCK.after(EVENTS_FROM_MS + index * EVENT_EVERY_MS, () => void act().catch(failed)));
  }
  return () => {
    for (const cancel of cancels) cancel();
  };
}

/** What was planted on a PC as something that happens. */
export async function befall(pc: SimulatedPc, office: Office): Promise<void> {
  if (pc.planted === "ip-change" && pc.changesTo) await office.changeAddress(pc.wanted, pc.changesTo);
  else if (pc.planted === "clone") await office.clone(pc.wanted);
  else if (pc.planted === "silent") await office.cut(pc.wanted);
}
