/** An office over real TLS, HTTPS and MQTT against a small centre. */
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { SILENT_LOG } from "../../../protocol/log.ts";
import { RECORD_BODIES } from "../../../protocol/messages/records.ts";
import type { Clock } from "../../../protocol/time.ts";
import { openSource } from "../../../protocol/uplink/open-source.ts";
import { SYSTEM_CLOCK } from "../../../protocol/uplink/system-clock.ts";
import { Office } from "../../../simulators/pcs/office.ts";
import type { Irregularity, SimulatedPc } from "../../../simulators/pcs/pc.ts";
import { createPopulation } from "../../../simulators/pcs/population.ts";
import { openSmallCentre, TOKEN } from "./small-centre.ts";

const WAIT = { timeout: 20_000, interval: 50 };

let centre: Awaited<ReturnType<typeof openSmallCentre>>;
let office: Office | undefined;

beforeEach(async () => {
  centre = await openSmallCentre();
});
afterEach(async () => {
  await office?.stop();
  await centre.close();
});

function pcsWith(...kinds: (Irregularity | null)[]): SimulatedPc[] {
  const { pcs } = createPopulation(40, 7);
  return kinds.flatMap((kind) => pcs.find(({ planted }) => planted === kind) ?? []);
}

/** The real time, and how many of its timers are neither over nor cancelled. */
function countingClock(): { clock: Clock; pending: () => number } {
  const waiting = new Set<object>();
  const after: Clock["after"] = (ms, callback) => {
    const timer = {};
    waiting.add(timer);
    const cancel = SYSTEM_CLOCK.after(ms, () => {
      waiting.delete(timer);
      callback();
    });
    return () => {
      waiting.delete(timer);
      cancel();
    };
  };
  return { clock: { ...SYSTEM_CLOCK, after }, pending: () => waiting.size };
}

async function openOffice(pcs: SimulatedPc[], token = TOKEN, clock: Clock = SYSTEM_CLOCK): Promise<Office> {
  const { url, caFile, folder } = centre;
  office = new Office(
    pcs,
    { home: join(folder, "pcs"), centre: { url, token, caFile }, seed: 7 },
    { openSource, clock, log: SILENT_LOG },
  );
  await office.startAll((pc, error) => {
    throw new Error(`${pc.wanted}: ${String(error)}`);
  });
  return office;
}

/** Everything that came up from one source, record by record, in order. */
function recordsOf(source: string): { kind: keyof typeof RECORD_BODIES; body: unknown }[] {
  return centre
    .received("up")
    .filter((batch) => batch.source === source)
    .flatMap(({ message }) => message.records as { kind: keyof typeof RECORD_BODIES; body: unknown }[]);
}

describe("an office of simulated PCs", () => {
  it("enrols, says that it is simulated, and has its records committed", async () => {
    const pcs = pcsWith(null, "unexpected-shutdown", "no-antivirus");
    const running = await openOffice(pcs);
    await vi.waitFor(() => expect(running.state()).toMatchObject({ enrolled: 3, connected: 3, pending: 0 }), WAIT);
    expect(centre.enrolments.map(({ simulated }) => simulated)).toEqual([true, true, true]);
    expect(centre.received("hello").every(({ message }) => message.simulated === true)).toBe(true);
    for (const { wanted, planted } of pcs) {
      const records = recordsOf(wanted);
      expect(records.map(({ kind }) => kind).at(-1)).toBe("posture");
      expect(records).toHaveLength(planted === "unexpected-shutdown" ? 3 : 2);
      for (const { kind, body } of records) expect(RECORD_BODIES[kind].safeParse(body).success).toBe(true);
    }
  });

  it("reports a changed address", async () => {
    const [pc] = pcsWith("ip-change");
    if (!pc?.changesTo) throw new Error("no PC");
    const running = await openOffice([pc]);
    await running.changeAddress(pc.wanted, pc.changesTo);
    await vi.waitFor(() => {
      const kinds = recordsOf(pc.wanted).map(({ kind }) => kind);
      expect(kinds).toEqual(["power", "posture", "ip-change", "posture"]);
    }, WAIT);
  });

  it("has a clone speak under the same epoch with other hardware", async () => {
    const [pc] = pcsWith("clone");
    if (!pc) throw new Error("no PC");
    const running = await openOffice([pc]);
    await vi.waitFor(() => expect(running.state().connected).toBe(1), WAIT);
    await running.clone(pc.wanted);
    const hellos = centre.received("hello").map(({ message }) => ({ epoch: message.epoch, machine: message.machine }));
    expect(new Set(hellos.map(({ epoch }) => epoch)).size).toBe(1);
    expect(new Set(hellos.map(({ machine }) => machine)).size).toBe(2);
  });

  it("shuts down cleanly, or vanishes so that only the last will speaks", async () => {
    const [clean, silent] = pcsWith(null, "silent");
    if (!clean || !silent) throw new Error("no PC");
    const running = await openOffice([clean, silent]);
    const said = (source: string) =>
      centre.received("status").flatMap(({ source: from, message }) => (from === source ? [message.state] : []));
    await vi.waitFor(() => {
      for (const { wanted } of [clean, silent]) expect(said(wanted)).toEqual(["online"]);
    }, WAIT);
    await running.shutDown(clean.wanted);
    await running.cut(silent.wanted);
    await vi.waitFor(() => {
      expect(said(clean.wanted)).toEqual(["online", "stopping"]);
      expect(said(silent.wanted)).toEqual(["online", "lost"]);
    }, WAIT);
    const causes = centre.received("status").map(({ message }) => message.cause);
    expect(causes).toContain("os-shutdown");
  });

  it("leaves nothing to wait for once it is stopped", async () => {
    const { clock, pending } = countingClock();
    const running = await openOffice(pcsWith(null, "clone"), TOKEN, clock);
    await vi.waitFor(() => expect(running.state()).toMatchObject({ connected: 2, pending: 0 }), WAIT);
    expect(pending()).toBeGreaterThan(0);
    await running.stop();
    expect(pending()).toBe(0);
  });

  it("tells when it is not let in", async () => {
    const running = await openOffice(pcsWith(null), "wrong");
    await vi.waitFor(() => expect(running.state()).toMatchObject({ enrolled: 0, refused: 1, connected: 0 }), WAIT);
  });
});
