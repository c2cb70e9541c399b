/** A sheet as rows of cells, before it is any file: titles, header, and how each column is to be written. */

export type Cell = string | number | null;

export interface Column {
  title: string;
  /** `text` keeps leading zeros and is never taken for a formula. */
  as: "text" | "number" | "mark";
  width: number;
}

export interface Sheet {
  name: string;
  /** Lines above the table. */
  titles: string[];
  columns: Column[];
  rows: Cell[][];
  /** Lines below the table: legend, signatures. */
  notes: string[];
}
