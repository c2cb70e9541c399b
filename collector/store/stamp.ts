/** The order in which projections see the world: a ms stamp per write transaction that never decreases, across restarts too. */
import type { Clock } from "../../protocol/time.ts";
import type { SqlDriver } from "./sql-driver.ts";

const LAST_STAMPS = `
select max(
  coalesce((select committed_at from record order by id desc limit 1), 0),
  coalesce((select at from change order by id desc limit 1), 0),
  coalesce((select max(horizon) from cursor), 0)
) as stamp`;

export class Stamp {
  readonly #clock: Clock;
  #value: number;

  private constructor(clock: Clock, value: number) {
    this.#clock = clock;
    this.#value = value;
  }

  /** Goes on from what the database has seen, whatever the computer's clock says by now. */
  static async open(driver: SqlDriver, clock: Clock): Promise<Stamp> {
    const { rows } = await driver.query(LAST_STAMPS);
    return new Stamp(clock, Number(rows[0]?.stamp ?? 0));
  }

  get value(): number {
    return this.#value;
  }

  advance(): void {
    this.#value = Math.max(this.#value, Math.floor(this.#clock.now()));
  }
}
