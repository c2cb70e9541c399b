/** `/staff` and `/attendance`: the register of people, evidence entered by officers, and days, months and years as evaluated. */
import * as z from "zod";
import { settingsText } from "../../attendance/replay/settings-file.ts";
import { dateOfDay } from "../../attendance/site-time.ts";
import { personSheet } from "../../attendance-desk/person-view.ts";
import { REHEARSAL_PEOPLE_MAX, rehearse } from "../../attendance-desk/rehearsal.ts";
import { dayList, monthSheet, yearTable } from "../../attendance-desk/views.ts";
import {
  ATTENDANCE_DECISION_BODIES,
  ATTENDANCE_KINDS,
  type AttendanceDecision,
} from "../../registry/attendance-decisions.ts";
import type { App, RouteDeps } from "../app.ts";
import { decidedBy } from "../auth.ts";
import { siteDate } from "../instants.ts";

const ROWS_MAX = 5000;
const asOf = z.iso.datetime({ offset: true }).optional().describe("only what was known by then");
const unit = z.string().max(128).optional();

export function attendanceRoutes(app: App, deps: RouteDeps): void {
  evidenceRoutes(app, deps);
  viewRoutes(app, deps);
  rehearsalRoute(app, deps);
}

/** Evidence as `kind` and `body`, `by` filled in by the token. Several rows stand or fall together. */
function evidenceRoutes(app: App, { store, desk, auth }: RouteDeps): void {
  const row = z.object({ kind: z.enum(ATTENDANCE_KINDS), body: z.record(z.string(), z.unknown()) });

  app.post(
    "/attendance/evidence",
    {
      onRequest: auth.require("write"),
      bodyLimit: 8 * 1024 * 1024,
      schema: {
        tags: ["attendance"],
        body: z.object({ rows: z.array(row).min(1).max(ROWS_MAX), dryRun: z.boolean().optional() }),
        response: {
          200: z.object({
            records: z.array(z.int()),
            errors: z.array(z.object({ row: z.int(), message: z.string() })),
          }),
        },
      },
    },
    async (request) => {
      const by = decidedBy(request);
      const checked = request.body.rows.map(({ kind, body }) => ({
        kind,
        parsed: ATTENDANCE_DECISION_BODIES[kind].safeParse({ ...body, by }),
      }));
      const errors = checked.flatMap(({ kind, parsed }, index) => {
        const [issue] = parsed.success ? [] : parsed.error.issues;
        return issue ? [{ row: index + 1, message: `${kind}: ${issue.path.join(".")}: ${issue.message}` }] : [];
      });
      if (errors.length > 0 || request.body.dryRun) return { records: [], errors };
      const decisions = checked.map(({ kind, parsed }) => ({ kind, body: parsed.data })) as AttendanceDecision[];
      return { records: await store.appendDecisions(decisions), errors };
    },
  );

  app.get(
    "/staff",
    {
      onRequest: auth.require("read"),
      schema: {
        tags: ["attendance"],
        querystring: z.object({ unit }),
        response: {
          200: z.object({
            items: z.array(
              z.object({
                person: z.string(),
                name: z.string(),
                unit: z.string(),
                kind: z.string(),
                from: z.string(),
                to: z.string().nullable(),
                users: z.array(z.object({ clock: z.string(), user: z.string() })),
              }),
            ),
          }),
        },
      },
    },
    async ({ query }) => {
      const { staff } = await desk.book();
      const entries = [...staff.values()].filter((entry) => query.unit === undefined || entry.unit === query.unit);
      return {
        items: entries.map(({ id: person, name, unit: of, kind, from, to, users }) => ({
          person,
          name,
          unit: of,
          kind,
          from: dateOfDay(from),
          to: to === undefined ? null : dateOfDay(to),
          users: [...users],
        })),
      };
    },
  );
}

function viewRoutes(app: App, { desk, clock, zone, auth }: RouteDeps): void {
  const onRequest = auth.require("read");
  const selection = z.object({ unit, person: z.string().max(64).optional(), asOf });

  app.get(
    "/attendance/day",
    {
      onRequest,
      schema: {
        tags: ["attendance"],
        querystring: selection.extend({ date: z.iso.date().optional().describe("today at the site, when absent") }),
      },
    },
    ({ query: { date = siteDate(clock.now(), zone), ...query } }) => dayList(desk, date, toSelection(query)),
  );

  app.get("/attendance/complete", { onRequest, schema: { tags: ["attendance"] } }, () => desk.completeness());

  app.get(
    "/attendance/month",
    {
      onRequest,
      schema: { tags: ["attendance"], querystring: selection.extend({ month: z.string().regex(/^\d{4}-\d{2}$/) }) },
    },
    ({ query }) => monthSheet(desk, query.month, toSelection(query)),
  );

  app.get(
    "/attendance/year",
    {
      onRequest,
      schema: {
        tags: ["attendance"],
        querystring: selection.extend({ year: z.coerce.number().int().min(2000).max(2099) }),
      },
    },
    async ({ query }) => ({ items: await yearTable(desk, query.year, toSelection(query)) }),
  );

  app.get(
    "/attendance/people/:person",
    {
      onRequest,
      schema: {
        tags: ["attendance"],
        params: z.object({ person: z.string().max(64) }),
        querystring: z.object({ from: z.iso.date(), to: z.iso.date(), asOf }),
      },
    },
    ({ params, query }) => personSheet(desk, params.person, { ...query, asOf: instantOf(query.asOf) }),
  );
}

/** It reads only; the settings are too long for an address. */
function rehearsalRoute(app: App, { desk, auth }: RouteDeps): void {
  app.post(
    "/attendance/rehearse",
    {
      onRequest: auth.require("read"),
      schema: {
        tags: ["attendance"],
        description: "What other settings would have made of recorded days. Nothing is changed",
        body: z.object({
          settings: settingsText,
          from: z.iso.date(),
          to: z.iso.date(),
          unit,
          after: z.string().max(64).optional().describe("`next` of the answer before"),
          limit: z.int().min(1).max(REHEARSAL_PEOPLE_MAX).default(REHEARSAL_PEOPLE_MAX),
        }),
      },
    },
    ({ body }) => rehearse(desk, body),
  );
}

function toSelection({
  unit: of,
  person,
  asOf: moment,
}: {
  unit?: string | undefined;
  person?: string | undefined;
  asOf?: string | undefined;
}) {
  return { unit: of, person, asOf: instantOf(moment) };
}

function instantOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}
