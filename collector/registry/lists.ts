/** The register and the ledger as lists, newest decisions included once projected. Pages follow the id. */
import type { Store } from "../store/port.ts";
import type { PcView } from "./present.ts";

/** A page of 1,000, and the row by which its reader knows that there are more. */
export const LIST_LIMIT_MAX = 1_001;

export interface PageQuery {
  /** Rows with a greater id only: the last id of the page before. */
  after?: number | undefined;
  /** 1 to `LIST_LIMIT_MAX`, default 100. */
  limit?: number | undefined;
}

export interface PcRow extends PcView {
  id: number;
  hostname: string;
  simulated: boolean;
  firstSeenAt: number;
  decidedAt: number | null;
  decidedBy: string | null;
}

export async function listPcs(
  store: Store,
  query: PageQuery & { state?: PcView["state"] | undefined; unit?: string | undefined } = {},
): Promise<PcRow[]> {
  let select = store.read
    .selectFrom("pc")
    .innerJoin("source", "source.id", "pc.source_id")
    .selectAll("pc")
    .select(["source.name", "source.hostname", "source.simulated"])
    .where("pc.source_id", ">", query.after ?? 0);
  if (query.state) select = select.where("pc.state", "=", query.state);
  if (query.unit) select = select.where("pc.unit", "=", query.unit);
  const rows = await select.orderBy("pc.source_id").limit(pageSize(query)).execute();
  return rows.map((row) => ({
    id: row.source_id,
    source: row.name,
    hostname: row.hostname,
    simulated: row.simulated === 1,
    state: row.state,
    unit: row.unit,
    custodian: row.custodian,
    role: row.role,
    zone: row.zone,
    note: row.note,
    firstSeenAt: row.first_seen_at,
    decidedAt: row.decided_at,
    decidedBy: row.decided_by,
  }));
}

export interface GrantRow {
  id: number;
  source: string;
  address: string;
  from: string;
  to: string | null;
  reference: string;
  grantedBy: string;
  grantedAt: number;
  revokedAt: number | null;
  revokedBy: string | null;
  revokeReason: string | null;
}

export async function listGrants(
  store: Store,
  query: PageQuery & { source?: string | undefined; address?: string | undefined; revoked?: boolean | undefined } = {},
): Promise<GrantRow[]> {
  let select = store.read
    .selectFrom("ip_grant")
    .innerJoin("source", "source.id", "ip_grant.source_id")
    .selectAll("ip_grant")
    .select("source.name")
    .where("ip_grant.id", ">", query.after ?? 0);
  if (query.source) select = select.where("source.name", "=", query.source);
  if (query.address) select = select.where("ip_grant.address", "=", query.address);
  if (!query.revoked) select = select.where("ip_grant.revoked_at", "is", null);
  const rows = await select.orderBy("ip_grant.id").limit(pageSize(query)).execute();
  return rows.map((row) => ({
    id: row.id,
    source: row.name,
    address: row.address,
    from: row.from_date,
    to: row.to_date,
    reference: row.reference,
    grantedBy: row.granted_by,
    grantedAt: row.granted_at,
    revokedAt: row.revoked_at,
    revokedBy: row.revoked_by,
    revokeReason: row.revoke_reason,
  }));
}

function pageSize({ limit = 100 }: PageQuery): number {
  return Math.max(1, Math.min(LIST_LIMIT_MAX, limit));
}
