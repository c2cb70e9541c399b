/** What crosses the broker: batches, hello, status, acknowledgements, and what the centre sends down. */
import * as z from "zod";
import { BATCH_RECORDS_MAX } from "./limits.ts";
import { epoch, instant, sequence, shortText } from "./primitives.ts";

const version = z.literal(1);

/** The outside of a record. `body` is checked by the schema of its kind, one record at a time, so that a bad one stops no other. */
export const recordEnvelope = z.object({
  kind: z.string().min(1).max(64),
  at: instant,
  body: z.record(z.string(), z.unknown()),
});

/** `up`: consecutive records of one epoch, the first with sequence number `first`. */
export const batch = z.object({
  v: version,
  epoch,
  first: sequence,
  sentAt: instant,
  records: z.array(z.unknown()).min(1).max(BATCH_RECORDS_MAX),
});
export type Batch = z.infer<typeof batch>;

/** `hello`: what the journal holds, sent after each connect. `newest` is 0 while the journal is empty. */
export const hello = z.object({
  v: version,
  epoch,
  oldest: z.int().min(0),
  newest: z.int().min(0),
  /** The last sequence number that the centre is known to have committed. */
  acked: z.int().min(0),
  /** Hash of the machine's hardware ids: one epoch with two of them is a cloned disk. */
  machine: z.string().regex(/^[0-9a-f]{16}$/),
  agent: shortText,
  sentAt: instant,
  simulated: z.boolean().optional(),
});
export type Hello = z.infer<typeof hello>;

export const STATUS_STATES = ["online", "stopping", "lost"] as const;
export const STOP_CAUSES = ["os-shutdown", "service-stop", "update", "sleep", "unknown"] as const;

/** `status`: presence, retained; the Last Will is `lost` with the session's own id. */
export const status = z.object({
  v: version,
  state: z.enum(STATUS_STATES),
  session: z.string().regex(/^[0-9a-f]{16}$/),
  at: instant,
  cause: z.enum(STOP_CAUSES).optional(),
});
export type Status = z.infer<typeof status>;

/** `ack`: everything up to and including `through` is committed in the database incarnation `db`. Cumulative. */
export const ack = z.object({
  v: version,
  db: z.string().min(1).max(64),
  epoch,
  through: z.int().min(0),
});
export type Ack = z.infer<typeof ack>;

/** `down`, settings: the whole set in force; a source keeps the newest revision. */
export const settingsMessage = z.object({
  v: version,
  type: z.literal("settings"),
  revision: z.int().min(0),
  settings: z.object({
    holdSeconds: z.int().min(1).max(300).optional(),
    postureHours: z.int().min(1).max(168).optional(),
    journalDays: z.int().min(1).max(90).optional(),
  }),
});

export const COMMANDS = ["collect-now", "renew-certificate", "re-enrol"] as const;

/** `down`, a command: carried out once by id, and not at all after it expires. */
export const commandMessage = z.object({
  v: version,
  type: z.literal("command"),
  id: z.string().min(1).max(64),
  command: z.enum(COMMANDS),
  expiresAt: instant,
});

export const down = z.discriminatedUnion("type", [settingsMessage, commandMessage]);
export type Down = z.infer<typeof down>;
