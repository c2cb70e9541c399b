/** Prometheus text (`/metrics`) from the parts' own counters. */
import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { Health } from "../health.ts";

export class Metrics {
  readonly #registry = new Registry();
  readonly #gauges = new Map<string, Gauge>();
  readonly #health: Health;

  constructor(health: Health) {
    this.#health = health;
    collectDefaultMetrics({ register: this.#registry, prefix: "dianmao_" });
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** Values are read at each scrape; a counter of a part is shown as what it stands at. */
  async text(): Promise<string> {
    for (const [part, values] of Object.entries(this.#health.stats())) {
      for (const [name, value] of Object.entries(values)) this.#gauge(part, name).set(value);
    }
    return this.#registry.metrics();
  }

  #gauge(part: string, name: string): Gauge {
    const full = `dianmao_${part}_${name
      .replace(/[^a-zA-Z0-9]+/g, "_")
      .replace(/([a-z])([A-Z])/g, "$1_$2")
      .toLowerCase()}`;
    const known = this.#gauges.get(full);
    if (known) return known;
    const gauge = new Gauge({ name: full, help: `${name} of the ${part}`, registers: [this.#registry] });
    this.#gauges.set(full, gauge);
    return gauge;
  }
}
