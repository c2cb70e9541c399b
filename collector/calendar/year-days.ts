/** The table of one year. */

/** A year's exceptions to "Monday to Friday", by date, each with the festival that it belongs to. */
export interface YearDays {
  year: number;
  /** The notice that the year follows. */
  source: string;
  /** Days off, weekends inside a holiday included. */
  holidays: Readonly<Record<string, string>>;
  /** Weekend days worked in exchange (调休). */
  workdays: Readonly<Record<string, string>>;
}
