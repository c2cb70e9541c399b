/** What routes are given: the application with its schemas' types, and what they may use. */

import type { Server } from "node:https";
import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
} from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Log } from "../../protocol/log.ts";
import type { Clock } from "../../protocol/time.ts";
import type { AttendanceDesk } from "../attendance-desk/desk.ts";
import type { ClockFault } from "../clocks/config.ts";
import type { EnrolmentDeps } from "../enrolment/deps.ts";
import type { Health } from "../health.ts";
import type { NumberedChange } from "../projections/runner.ts";
import type { RetentionKeeper } from "../retention/keeper.ts";
import type { Store } from "../store/port.ts";
import type { ClockUsers } from "../wiring/clock-users.ts";
import type { Rebuilder } from "../wiring/rebuilder.ts";
import type { Authenticator } from "./auth.ts";

export type App = FastifyInstance<
  Server,
  RawRequestDefaultExpression<Server>,
  RawReplyDefaultExpression<Server>,
  FastifyBaseLogger,
  ZodTypeProvider
>;

export interface ConsoleDeps {
  store: Store;
  clock: Clock;
  log: Log;
  enrolment: EnrolmentDeps;
  /** Cuts off a source's connections. */
  disconnect: (source: string) => Promise<void>;
  /** Resolves once a decision is projected, or after a bounded wait. */
  applied: (recordId: number) => Promise<void>;
  onChange: (listener: (changes: readonly NumberedChange[]) => void) => () => void;
  health: Health;
  rebuilder: Rebuilder;
  retention: Pick<RetentionKeeper, "plan" | "state" | "begin">;
  desk: AttendanceDesk;
  clockUsers: ClockUsers;
  /** Clocks of this collector's own readers that are not read. */
  clockFaults: () => ClockFault[];
  zone: string;
  version: string;
}

export interface RouteDeps extends ConsoleDeps {
  auth: Authenticator;
}
