import { expect, it } from "vitest";
import { FAVOURED_MS, FairQueue } from "../../../../collector/clocks/drivers/fair-queue.ts";

const ask = (device: number, what = "counts") => ({ device, what });

function queueOf(...devices: number[]) {
  const queue = new FairQueue<{ device: number; what: string }>();
  for (const device of devices) queue.add(ask(device), "in-turn");
  return queue;
}

it("takes the requests of equal clocks in their order", () => {
  const queue = queueOf(3, 1, 2);
  expect([queue.take(0), queue.take(0), queue.take(0), queue.take(0)]).toEqual([ask(3), ask(1), ask(2), undefined]);
});

it("lets a clock wait that has just had the line for long, such as one that is dead", () => {
  const queue = queueOf(1, 2);
  queue.charge(1, 1_300, 0);
  expect(queue.take(0)).toEqual(ask(2));
});

it("keeps the requests of one clock in their order", () => {
  const queue = queueOf();
  queue.add(ask(1, "first"), "in-turn");
  queue.add(ask(1, "second"), "in-turn");
  expect(queue.take(0)).toEqual(ask(1, "first"));
});

it("forgets in time what a clock has had", () => {
  const queue = queueOf(1, 2);
  queue.charge(1, 1_000, 0);
  queue.charge(2, 100, 60_000);
  expect(queue.take(60_000)).toEqual(ask(1));
});

it("charges a clock half while people punch there, and no longer", () => {
  const favoured = queueOf(2, 1);
  favoured.favour(1, 0);
  favoured.charge(1, 900, 0);
  favoured.charge(2, 500, 0);
  expect(favoured.take(0)).toEqual(ask(1));

  const later = queueOf(2, 1);
  later.favour(1, 0);
  later.charge(1, 900, FAVOURED_MS);
  later.charge(2, 500, FAVOURED_MS);
  expect(later.take(FAVOURED_MS)).toEqual(ask(2));
});

it("takes what is urgent before everything else", () => {
  const queue = queueOf(2);
  queue.charge(1, 5_000, 0);
  queue.add(ask(1, "heartbeat"), "urgent");
  expect(queue.length).toBe(2);
  expect(queue.take(0)).toEqual(ask(1, "heartbeat"));
});

it("gives up everything when the line is lost", () => {
  const queue = queueOf(1, 2);
  queue.add(ask(3), "urgent");
  expect(queue.removeAll()).toEqual([ask(3), ask(1), ask(2)]);
  expect(queue.length).toBe(0);
});
