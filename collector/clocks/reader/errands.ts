/** What people want done on a clock that a reader has: done by the reader itself, between two polls, one after the other. */
import { AppError } from "../../../protocol/errors.ts";
import type { Clock } from "../../../protocol/time.ts";
import type { UserTable } from "../drivers/driver.ts";

/** Errands that may wait for one clock. */
export const ERRANDS_MAX = 8;
/** A log that is being read from its start keeps an errand waiting longer than a person will. */
export const ERRAND_WAIT_MS_MAX = 20_000;

/** A clock in the hands of somebody else than its reader, who waits meanwhile. */
export interface Loan {
  /** Its serial number, or what stands in for one. */
  clock: string;
  users: UserTable | undefined;
  /** Resolves when every punch of its log is in the journal. */
  readLog(): Promise<void>;
}

interface Waiting {
  run(loan: Loan): Promise<void>;
  refuse(error: AppError): void;
}

export class Errands {
  readonly #clock: Clock;
  readonly #wake: () => void;
  readonly #waiting = new Set<Waiting>();

  /** `wake`: called when there is something to do. */
  constructor(clock: Clock, wake: () => void) {
    this.#clock = clock;
    this.#wake = wake;
  }

  /** Resolves as `use` does. Rejects as it does, or with AppError `clock-busy` when it was not begun in time, or too many wait. */
  ask<T>(use: (loan: Loan) => Promise<T>): Promise<T> {
    if (this.#waiting.size >= ERRANDS_MAX) return Promise.reject(busy());
    return new Promise((resolve, reject) => {
      const end = () => {
        cancel();
        this.#waiting.delete(errand);
      };
      const errand: Waiting = {
        async run(loan) {
          end();
          await use(loan).then(resolve, reject);
        },
        refuse(error) {
          end();
          reject(error);
        },
      };
      const cancel = this.#clock.after(ERRAND_WAIT_MS_MAX, () => errand.refuse(busy()));
      this.#waiting.add(errand);
      this.#wake();
    });
  }

  /** Does what waits, and resolves with how many that were. What fails is told to whoever asked, and nobody else. */
  async run(loan: Loan): Promise<number> {
    const errands = [...this.#waiting];
    for (const errand of errands) if (this.#waiting.has(errand)) await errand.run(loan);
    return errands.length;
  }

  /** The clock is gone. */
  refuse(error: AppError): void {
    for (const errand of [...this.#waiting]) errand.refuse(error);
  }
}

/** What whoever wants something of a clock is told that does not answer. */
export function away(name: string): AppError {
  return new AppError("clock-lost", `${name} does not answer at present / ${name} 目前没有应答`);
}

function busy(): AppError {
  return new AppError("clock-busy", "the clock is being read; try again later / 正在读取考勤机，请稍后再试");
}
