/**
 * How the records of a batch are numbered. Shared by sources and centre, free of zod.
 *
 * The first record of a batch has the number `first`, each following one the next number. A `gap` record that stands at the
 * place of what is lost occupies its whole range: when its `body.from` is its own number, the record behind it has the
 * number `body.to + 1`, and the centre's marks move to `body.to`. (A gap without a range, or with another `from`, is an
 * ordinary record of one number.)
 */

/** The last number that `record` occupies when it stands at `number`. Never less than `number`; never throws. */
export function lastNumberOf(number: number, record: unknown): number {
  const { kind, body } = asObject(record);
  if (kind !== "gap") return number;
  const { from, to } = asObject(body);
  return from === number && Number.isSafeInteger(to) && (to as number) > number ? (to as number) : number;
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
