import { describe, expect, it } from "vitest";
import { fail } from "../../../agent/os/os.ts";
import { type AllParts, composePosture } from "../../../agent/posture/compose.ts";
import { canonicalJson, hashPart } from "../../../agent/posture/hash.ts";
import { PART_NAMES } from "../../../agent/posture/part-names.ts";
import { rememberPending, steadyBoot } from "../../../agent/posture/steady.ts";
import { factsAt } from "../../../agent/probes/facts.ts";
import { unknownPart } from "../../../agent/probes/unknown-part.ts";
import { postureBody } from "../../../protocol/messages/records/posture.ts";

const EARLY = factsAt(Date.parse("2026-11-23T00:00:00.000Z"));
const LATE = factsAt(Date.parse("2026-11-23T09:00:00.000Z"));

describe("the hash of a part", () => {
  it("is the same whenever the same was seen", () => {
    const part = (facts: typeof EARLY) => ({
      a: facts.known({ b: 1, c: [1, 2] }, "x", "os-record"),
      d: facts.unknown("not-recorded", "why"),
    });
    expect(hashPart(part(EARLY))).toBe(hashPart(part(LATE)));
    expect(hashPart(part(EARLY))).toMatch(/^[0-9a-f]{16}$/);
  });

  it("changes with a value, a source or a reason", () => {
    const hashes = [
      EARLY.known(1, "x", "os-record"),
      EARLY.known(2, "x", "os-record"),
      EARLY.known(1, "y", "os-record"),
      EARLY.known(1, "x", "file-mtime"),
      EARLY.unknown("not-recorded"),
      EARLY.unknown("access-denied"),
    ].map((fact) => hashPart({ fact }));
    expect(new Set(hashes).size).toBe(hashes.length);
  });

  it("keeps a time that belongs to the value", () => {
    const stop = (at: string) => ({ previousStop: EARLY.known({ clean: true, at }, "wtmp", "os-record") });
    expect(hashPart(stop("2026-11-20T10:00:00.000Z"))).not.toBe(hashPart(stop("2026-11-21T10:00:00.000Z")));
  });

  it("does not depend on the order of keys", () => {
    expect(canonicalJson({ b: 1, a: { d: undefined, c: "x" } })).toBe('{"a":{"c":"x"},"b":1}');
  });
});

function partsAt(facts: typeof EARLY, reason: "probe-failed" | "probe-timeout" = "probe-failed"): AllParts {
  const failure = fail(reason, "no");
  const entries = PART_NAMES.map((name) => [
    name,
    { name, collectedAt: facts.at, content: unknownPart(name, facts, failure, "0.1.0") },
  ]);
  return Object.fromEntries(entries) as AllParts;
}

describe("a posture", () => {
  it("tells everything to a centre that knows nothing, and hashes to one that knows", () => {
    const first = composePosture("start", partsAt(EARLY), {});
    expect(first.whole).toEqual(PART_NAMES);
    expect(postureBody.parse(first.body)).toEqual(first.body);
    const second = composePosture("daily", partsAt(LATE), first.told);
    expect(second.whole).toEqual([]);
    expect(second.body.patch).toEqual({ hash: first.told.patch, collectedAt: LATE.at });
    expect(postureBody.parse(second.body)).toEqual(second.body);
  });

  it("tells the part that changed", () => {
    const first = composePosture("start", partsAt(EARLY), {});
    const changed = { ...partsAt(LATE), antivirus: partsAt(LATE, "probe-timeout").antivirus };
    const { whole, body } = composePosture("change", changed, first.told);
    expect(whole).toEqual(["antivirus"]);
    expect(body.antivirus.content).toEqual(changed.antivirus.content);
    expect(body.network.content).toBeUndefined();
  });
});

describe("values that jitter", () => {
  const power = (bootId: string, bootedAt: string) => ({
    bootId: EARLY.known(bootId, "x", "os-record"),
    bootedAt: EARLY.known(bootedAt, "x", "os-record"),
    previousStop: EARLY.unknown("not-recorded"),
    fastStartup: EARLY.unknown("not-supported"),
  });

  it("keep the boot time that was first seen, within one boot", () => {
    const { memory } = steadyBoot(power("a", "2026-11-23T00:02:05.000Z"), undefined);
    const again = steadyBoot(power("a", "2026-11-23T00:02:06.000Z"), memory);
    expect(again.power.bootedAt).toMatchObject({ value: "2026-11-23T00:02:05.000Z" });
    expect(steadyBoot(power("b", "2026-11-23T00:02:06.000Z"), memory).power.bootedAt).toMatchObject({
      value: "2026-11-23T00:02:06.000Z",
    });
    const stepped = steadyBoot(power("a", "2026-11-23T08:02:06.000Z"), memory);
    expect(stepped.power.bootedAt).toMatchObject({ value: "2026-11-23T08:02:06.000Z" });
  });

  it("remember since when an update is pending, also over a time of not knowing", () => {
    const patch = (pending: Parameters<typeof rememberPending>[0]["pending"]) => {
      const unknown = EARLY.unknown("not-recorded");
      return { level: unknown, lastInstalledAt: unknown, rebootRequired: unknown, listsAt: unknown, pending };
    };
    const pending = (packages: string[]) =>
      LATE.known({ security: packages.length, total: 9, packages }, "apt", "os-record");
    const first = rememberPending(patch(pending(["a", "b"])), new Map([["a", EARLY.at]]));
    expect([...first]).toEqual([
      ["a", EARLY.at],
      ["b", LATE.at],
    ]);
    expect(rememberPending(patch(LATE.unknown("stale-source")), first)).toBe(first);
    expect([...rememberPending(patch(pending(["b"])), first)]).toEqual([["b", LATE.at]]);
  });
});
