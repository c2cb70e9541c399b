/** When a clock's log will be full at its present rate. Pure. */
import { GROWTH_SAMPLES_MAX, type Watermark } from "./watermark.ts";

type Sample = Watermark["growth"][number];

const HOUR_MS = 60 * 60 * 1000;
const SAMPLE_GAP_MS = 12 * HOUR_MS;
/** Less says nothing about a rate. */
const SPAN_MS_MIN = 24 * HOUR_MS;
/** A date further off than this is not worth telling. */
const HORIZON_MS = 10 * 365 * 24 * HOUR_MS;

/** The samples with one more, where it is time for one. A log that has become shorter begins anew. */
export function addSample(samples: readonly Sample[], sample: Sample): Sample[] {
  const last = samples.at(-1);
  if (last && sample.records < last.records) return [sample];
  if (last && sample.at - last.at < SAMPLE_GAP_MS) return [...samples];
  return [...samples, sample].slice(-GROWTH_SAMPLES_MAX);
}

/** ms since 1970; undefined while there is no rate. A log that is full is full now. */
export function fullAt(samples: readonly Sample[], now: Sample, capacity: number): number | undefined {
  if (now.records >= capacity) return now.at;
  const [first] = samples;
  if (!first || now.at - first.at < SPAN_MS_MIN || now.records <= first.records) return undefined;
  const msPerRecord = (now.at - first.at) / (now.records - first.records);
  const waitMs = (capacity - now.records) * msPerRecord;
  return waitMs < HORIZON_MS ? Math.round(now.at + waitMs) : undefined;
}
