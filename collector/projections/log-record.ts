/** A row of the evidence as the projections read it. */
export interface LogRecord {
  id: number;
  sourceId: number;
  kind: string;
  /** When it happened, by the source's clock. */
  at: number;
  receivedAt: number;
  /** The logical time of everything that follows from it. */
  committedAt: number;
  address: string | null;
  offsetMs: number | null;
  body: string;
}
