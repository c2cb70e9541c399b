import { describe, expect, it } from "vitest";
import { seededRandom } from "../../../protocol/seeded-random.ts";
import { BYTE_FAULTS, type ByteFaultName, FAULT_FACTORIES } from "../../../simulators/faults/byte-faults.ts";
import { chainFaults, only } from "../../../simulators/faults/chain.ts";
import { byteFaults, FAULT_PROFILES, parseFaults } from "../../../simulators/faults/profile.ts";
import { VirtualClock } from "../../support/virtual-clock.ts";

const FRAME = Uint8Array.from({ length: 20 }, (_, at) => at);

/** Sends frames through one fault that always happens; what comes out, with its time. */
async function suffer(name: ByteFaultName, frames: Uint8Array[], seed = 1) {
  const clock = new VirtualClock();
  const out: { at: number; bytes: number[] }[] = [];
  const fault = FAULT_FACTORIES[name](1, { clock, random: seededRandom(seed) });
  const send = chainFaults([fault], "to-reader", (bytes) => out.push({ at: clock.monotonic(), bytes: [...bytes] }));
  for (const frame of frames) send(frame);
  await clock.advance(1_000);
  return out;
}

describe("each fault does its own kind of harm", () => {
  it("noise adds bytes and takes none away", async () => {
    const [chunk] = await suffer("noise", [FRAME]);
    expect(chunk?.bytes.length).toBeGreaterThan(FRAME.length);
    expect(isSubsequence([...FRAME], chunk?.bytes ?? [])).toBe(true);
  });

  it("flip changes one bit", async () => {
    const [chunk] = await suffer("flip", [FRAME]);
    const changed = (chunk?.bytes ?? []).filter((byte, at) => byte !== FRAME[at]);
    expect(chunk?.bytes.length).toBe(FRAME.length);
    expect(changed).toHaveLength(1);
  });

  it("lose takes one to three bytes", async () => {
    const [chunk] = await suffer("lose", [FRAME]);
    expect(chunk?.bytes.length).toBeGreaterThanOrEqual(17);
    expect(chunk?.bytes.length).toBeLessThan(20);
    expect(isSubsequence(chunk?.bytes ?? [], [...FRAME])).toBe(true);
  });

  it("truncate keeps the beginning", async () => {
    const [chunk] = await suffer("truncate", [FRAME]);
    const bytes = chunk?.bytes ?? [];
    expect(bytes.length).toBeLessThan(20);
    expect(bytes).toEqual([...FRAME].slice(0, bytes.length));
  });

  it("split keeps every byte and its order, with a pause", async () => {
    const chunks = await suffer("split", [FRAME, FRAME]);
    expect(chunks).toHaveLength(4);
    expect(chunks.flatMap(({ bytes }) => bytes)).toEqual([...FRAME, ...FRAME]);
    expect(chunks[1]?.at).toBeGreaterThan(0);
  });

  it("glue makes one chunk of two, and lets a lonely one go", async () => {
    expect((await suffer("glue", [FRAME, FRAME])).map(({ bytes }) => bytes.length)).toEqual([40]);
    expect((await suffer("glue", [FRAME])).map(({ bytes }) => bytes.length)).toEqual([20]);
  });

  it("delay keeps the order", async () => {
    const chunks = await suffer("delay", [Uint8Array.of(1), Uint8Array.of(2), Uint8Array.of(3)]);
    expect(chunks.flatMap(({ bytes }) => bytes)).toEqual([1, 2, 3]);
    expect(chunks[2]?.at).toBeGreaterThan(chunks[0]?.at ?? 0);
  });
});

describe("a fault profile", () => {
  /** What 200 frames become under the hostile profile. */
  async function world(seed: number) {
    const clock = new VirtualClock();
    const happened: string[] = [];
    const out: string[] = [];
    const hostile = parseFaults("hostile");
    const faults = byteFaults(hostile, seed, { clock, happened: (fault) => happened.push(fault) });
    const send = chainFaults(faults, "to-reader", (bytes) => out.push(Buffer.from(bytes).toString("hex")));
    for (let frame = 0; frame < 200; frame++) {
      send(FRAME);
      await clock.advance(20);
    }
    await clock.advance(1_000);
    return { out, happened };
  }

  it("gives the same world from the same seed, and another from another", async () => {
    const [one, again, other] = [await world(7), await world(7), await world(8)];
    expect(again).toEqual(one);
    expect(other.out).not.toEqual(one.out);
    expect(new Set(one.happened)).toEqual(new Set(BYTE_FAULTS));
  });

  it("is written as a name, as rates, or both", () => {
    expect(parseFaults("none")).toEqual({ bytes: {}, perMinute: {} });
    expect(parseFaults("light,noise=0.5,unplug=2")).toEqual({
      bytes: { ...FAULT_PROFILES.light?.bytes, noise: 0.5 },
      perMinute: { unplug: 2 },
    });
  });

  it.each(["gremlins", "noise", "noise=", "noise=2", "noise=-1", "unplug=often", "toString"])("refuses %s", (text) => {
    expect(() => parseFaults(text)).toThrowError(expect.objectContaining({ code: "bad-faults" }));
  });
});

it("a fault can be kept to one direction", () => {
  const out: string[] = [];
  const drop = only("to-reader", () => {});
  chainFaults([drop], "to-reader", () => out.push("reader"))(FRAME);
  chainFaults([drop], "to-device", () => out.push("device"))(FRAME);
  expect(out).toEqual(["device"]);
});

function isSubsequence(part: number[], whole: number[]): boolean {
  let at = 0;
  for (const byte of whole) if (byte === part[at]) at++;
  return at === part.length;
}
