import { describe, expect, it } from "vitest";
import { prefetch } from "../../../../collector/clocks/drivers/prefetch.ts";
import { settle } from "../../../support/virtual-clock.ts";

describe("prefetch", () => {
  it("hands over everything in order", async () => {
    const taken: number[] = [];
    for await (const value of prefetch(numbers(10), 3)) taken.push(value);
    expect(taken).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("works ahead of its consumer, and no further than it may", async () => {
    const produced: number[] = [];
    const values = prefetch(
      numbers(10, (value) => produced.push(value)),
      3,
    );
    await values.next();
    await settle();
    expect(produced).toEqual([1, 2, 3, 4]);
    await values.next();
    await settle();
    expect(produced).toEqual([1, 2, 3, 4, 5]);
    await values.return(undefined);
  });

  it("gives what came before an error, then the error", async () => {
    const taken: number[] = [];
    const failing = async () => {
      for await (const value of prefetch(numbers(3, undefined, new Error("broken")), 5)) taken.push(value);
    };
    await expect(failing()).rejects.toThrow("broken");
    expect(taken).toEqual([1, 2, 3]);
  });

  it("ends its source when the consumer leaves", async () => {
    let ended = false;
    const source = async function* () {
      try {
        yield* numbers(10);
      } finally {
        ended = true;
      }
    };
    for await (const value of prefetch(source(), 2)) if (value === 2) break;
    await settle();
    expect(ended).toBe(true);
  });
});

async function* numbers(count: number, made?: (value: number) => void, failure?: Error): AsyncGenerator<number> {
  for (let value = 1; value <= count; value++) {
    made?.(value);
    yield value;
  }
  if (failure) throw failure;
}
