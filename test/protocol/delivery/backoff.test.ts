import { describe, expect, test } from "vitest";
import { backoff } from "../../../protocol/delivery/backoff.ts";
import { seededRandom } from "../../../protocol/seeded-random.ts";

function first(count: number, random: () => number): number[] {
  const waits = backoff({ random });
  return Array.from({ length: count }, () => waits.next().value);
}

describe("back-off", () => {
  test("doubles its bound from one second to two minutes and stays there", () => {
    expect(first(9, () => 1)).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 120_000, 120_000]);
  });

  test("spreads each wait from a tenth of its bound on", () => {
    expect(first(3, () => 0)).toEqual([100, 200, 400]);
    const waits = Array.from({ length: 1000 }, (_, seed) => first(8, seededRandom(seed))[7] as number);
    for (const [from, to] of [
      [12_000, 39_000],
      [39_000, 66_000],
      [66_000, 93_000],
      [93_000, 120_001],
    ] as const) {
      expect(waits.filter((ms) => ms >= from && ms < to).length).toBeGreaterThan(200);
    }
  });
});
