/** The load generator's own process: many sources, driven over IPC by `fleet.ts`. */
import { setTimeout as pause } from "node:timers/promises";
import { quantile } from "../figures.ts";
import { type Connection, LoadClient, type Until } from "./load-client.ts";

export type Order =
  | { do: "connect"; connection: Connection; sources: { source: string; certificate: string }[] }
  | { do: "flood"; epoch: string; records: string[]; until: Until; warmMs: number; measureMs: number }
  | { do: "steady"; epoch: string; record: string; perSecond: number; warmMs: number; measureMs: number }
  | { do: "close" };

export interface FloodFigures {
  recordsPerSecond: number;
}

export interface SteadyFigures {
  recordsPerSecond: number;
  /** Batches that were due and not sent because the window was full. */
  held: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

const CONNECTS_AT_ONCE = 50;
const DRAIN_MS_MAX = 30_000;
const TICK_MS = 1;

let clients: LoadClient[] = [];

async function connectAll({ connection, sources }: Extract<Order, { do: "connect" }>): Promise<object> {
  for (let at = 0; at < sources.length; at += CONNECTS_AT_ONCE) {
    const some = sources.slice(at, at + CONNECTS_AT_ONCE);
    const opened = await Promise.all(some.map((one) => LoadClient.open(one.source, one.certificate, connection)));
    clients.push(...opened);
  }
  return { connections: clients.length };
}

async function flood(order: Extract<Order, { do: "flood" }>): Promise<FloodFigures> {
  for (const client of clients) client.prepare(order.epoch, order.records, order.until);
  for (const client of clients) client.startFlood();
  await pause(order.warmMs);
  const before = total();
  const began = performance.now();
  await pause(order.measureMs);
  const recordsPerSecond = ((total() - before) / (performance.now() - began)) * 1_000;
  for (const client of clients) client.stopFlood();
  await drained();
  return { recordsPerSecond };
}

async function steady(order: Extract<Order, { do: "steady" }>): Promise<SteadyFigures> {
  for (const client of clients) client.prepare(order.epoch, [order.record], "ack");
  const latencies: number[] = [];
  const began = performance.now();
  const measureFrom = began + order.warmMs;
  const until = measureFrom + order.measureMs;
  let due = 0;
  let held = 0;
  let measuring = false;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const now = performance.now();
      if (!measuring && now >= measureFrom) {
        measuring = true;
        for (const client of clients) client.measureInto(latencies);
      }
      for (const wanted = ((now - began) * order.perSecond) / 1_000; due < wanted; due++) {
        if (!clients[due % clients.length]?.publishOne()) held++;
      }
      if (now < until) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
  });
  const count = latencies.length;
  await drained();
  const at = (share: number) => quantile(latencies, share);
  return {
    recordsPerSecond: (count / order.measureMs) * 1_000,
    held,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
  };
}

function total(): number {
  return clients.reduce((sum, client) => sum + client.records, 0);
}

async function drained(): Promise<void> {
  for (let waitedMs = 0; waitedMs < DRAIN_MS_MAX; waitedMs += 20) {
    if (clients.every((client) => client.idle)) return;
    await pause(20);
  }
  throw new Error("not everything was answered");
}

async function closeAll(): Promise<object> {
  for (const client of clients) client.close();
  clients = [];
  return {};
}

async function obey(order: Order): Promise<object> {
  switch (order.do) {
    case "connect":
      return await connectAll(order);
    case "flood":
      return await flood(order);
    case "steady":
      return await steady(order);
    case "close":
      return await closeAll();
  }
}

process.on("message", (order: Order) => {
  obey(order).then(
    (result) => process.send?.({ result }),
    (error: Error) => process.send?.({ error: error.message }),
  );
});
process.on("disconnect", () => process.exit(0));
