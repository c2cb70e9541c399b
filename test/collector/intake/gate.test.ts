import { expect, test } from "vitest";
import { Gate } from "../../../collector/intake/gate.ts";
import { settle } from "../../support/virtual-clock.ts";

function gateBefore(room: { left: number }, waitingMax = 10) {
  const gate = new Gate({ full: () => room.left === 0, waitingMax });
  const order: string[] = [];
  const come = (name: string) =>
    gate.pass().then((passed) => {
      if (passed) room.left--;
      order.push(passed ? name : `${name} turned away`);
    });
  return { gate, order, come };
}

test("a gate is open while there is room and nobody waits", () => {
  const room = { left: 1 };
  const { gate, come } = gateBefore(room);
  expect(gate.isOpen).toBe(true);
  void come("a");
  expect(gate.isOpen).toBe(false);
  room.left = 0;
  expect(gate.isOpen).toBe(false);
});

test("those who wait pass in their order, as many as there is room for", async () => {
  const room = { left: 0 };
  const { gate, order, come } = gateBefore(room);
  for (const name of ["a", "b", "c"]) void come(name);
  gate.open();
  await settle();
  expect(order).toEqual([]);
  room.left = 2;
  gate.open();
  gate.open();
  await settle();
  expect(order).toEqual(["a", "b"]);
  room.left = 1;
  gate.open();
  await settle();
  expect({ order, waiting: gate.waiting }).toEqual({ order: ["a", "b", "c"], waiting: 0 });
});

test("beyond the limit, and after the gate has closed, one is turned away at once", async () => {
  const { gate, order, come } = gateBefore({ left: 0 }, 1);
  void come("a");
  void come("b");
  await settle();
  expect(order).toEqual(["b turned away"]);
  gate.close();
  void come("c");
  await settle();
  expect(order).toEqual(["b turned away", "a turned away", "c turned away"]);
});
