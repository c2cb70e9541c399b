import { expect, test } from "vitest";
import { LANE_WAITING_MAX, Lanes } from "../../../collector/store/lanes.ts";

function lanes(backgroundShare: number) {
  const time = { ms: 0 };
  const order: string[] = [];
  const queue = new Lanes({ monotonic: () => time.ms, backgroundShare });
  const work = (name: string, tookMs: number) => async () => {
    order.push(name);
    time.ms += tookMs;
  };
  return { queue, order, work };
}

test("work runs one piece at a time, what is in front first", async () => {
  const { queue, order, work } = lanes(0);
  let release: () => void = () => {};
  const held = queue.run("front", () => new Promise<void>((resolve) => (release = resolve)));
  const all = [
    queue.run("background", work("projection", 1)),
    queue.run("front", work("intake 1", 1)),
    queue.run("front", work("intake 2", 1)),
  ];
  expect(order).toEqual([]);
  release();
  await Promise.all([held, ...all]);
  expect(order).toEqual(["intake 1", "intake 2", "projection"]);
});

test("a flood in front leaves the background the share of time that it was promised", async () => {
  const { queue, order, work } = lanes(0.25);
  const all = [];
  for (let index = 0; index < 60; index++) all.push(queue.run("front", work("front", 10)));
  for (let index = 0; index < 60; index++) all.push(queue.run("background", work("background", 10)));
  await Promise.all(all);
  const whileBothWait = order.slice(0, order.lastIndexOf("front") + 1);
  const share = whileBothWait.filter((name) => name === "background").length / whileBothWait.length;
  expect(share).toBeGreaterThan(0.2);
  expect(share).toBeLessThan(0.3);
});

test("work that fails fails alone", async () => {
  const { queue, order, work } = lanes(0.25);
  const failing = queue.run("front", () => Promise.reject(new Error("no")));
  const next = queue.run("front", work("next", 1));
  await expect(failing).rejects.toThrow("no");
  await next;
  expect(order).toEqual(["next"]);
});

test("a lane takes so many waiting writes and no more", async () => {
  const { queue, work } = lanes(0.25);
  const all = Array.from({ length: LANE_WAITING_MAX + 1 }, () => queue.run("background", work("w", 0)));
  await expect(queue.run("background", work("too many", 0))).rejects.toMatchObject({ code: "writer-busy" });
  await queue.run("front", work("the other lane", 0));
  await Promise.all(all);
});

test("closing waits for the work that runs and fails what has not begun", async () => {
  const { queue, order, work } = lanes(0.25);
  let release: () => void = () => {};
  const held = queue.run("front", () => new Promise<void>((resolve) => (release = resolve)));
  const waiting = queue.run("front", work("never", 1));
  const closing = queue.close();
  await expect(waiting).rejects.toMatchObject({ code: "store-closed" });
  await expect(queue.run("front", work("late", 1))).rejects.toMatchObject({ code: "store-closed" });
  release();
  await Promise.all([held, closing]);
  expect(order).toEqual([]);
});
