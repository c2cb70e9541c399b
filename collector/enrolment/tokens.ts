/**
 * Tokens: for enrolling sources and for the API. The token is shown once; the database keeps its SHA-256. A token carries 256
 * random bits, so a plain hash is enough and a look-up by it tells an attacker nothing.
 */
import { createHash, randomBytes } from "node:crypto";
import type { Transaction } from "kysely";
import { AppError } from "../../protocol/errors.ts";
import type { Clock } from "../../protocol/time.ts";
import type { Store } from "../store/port.ts";
import type { Database, TokenTable } from "../store/schema.ts";

const TOKEN_BYTES = 32;
const DAY_MS = 24 * 60 * 60 * 1000;
export const ENROL_TOKEN_DAYS = 7;

export const API_SCOPES = ["read", "write", "enrol", "admin"] as const;
export type ApiScope = (typeof API_SCOPES)[number];

export type TokenPurpose = "enrol-once" | "enrol-site" | "api";
export const ENROL_PURPOSES = ["enrol-once", "enrol-site"] as const;

export interface TokenDeps {
  store: Store;
  clock: Clock;
}

export interface NewToken {
  id: number;
  /** To be shown once and handed on; it is nowhere else. */
  token: string;
  label: string;
  expiresAt: number | null;
}

export interface EnrolTokenScope {
  /** Sources enrolled with it need no officer's approval. */
  approves: boolean;
  kind?: "agent" | "reader" | undefined;
  /** Sources enrolled with it are simulated, whatever they say. */
  simulated?: boolean | undefined;
  /** How many more sources may be enrolled with it; absent: any number. */
  usesLeft?: number | undefined;
}

/** Makes a token for enrolling one source (`enrol-once`) or any number (`enrol-site`). `days` null: until revoked. */
export async function createEnrolToken(
  deps: TokenDeps,
  input: { purpose: "enrol-once" | "enrol-site"; label: string; days?: number | null; scope?: EnrolTokenScope },
): Promise<NewToken> {
  const scope = JSON.stringify(input.scope ?? { approves: true });
  const days = input.days === undefined ? ENROL_TOKEN_DAYS : input.days;
  return insert(deps, { purpose: input.purpose, label: input.label, scope, days });
}

/** Makes a bearer token for the API. `days` null: until revoked. */
export async function createApiToken(
  deps: TokenDeps,
  input: { label: string; scopes: readonly ApiScope[]; days: number | null },
): Promise<NewToken> {
  return insert(deps, { purpose: "api", label: input.label, scope: JSON.stringify(input.scopes), days: input.days });
}

async function insert(
  { store, clock }: TokenDeps,
  { purpose, label, scope, days }: { purpose: TokenPurpose; label: string; scope: string; days: number | null },
): Promise<NewToken> {
  const token = randomBytes(TOKEN_BYTES).toString("base64url");
  const now = clock.now();
  const expiresAt = days === null ? null : now + days * DAY_MS;
  const row = { purpose, label, scope, hash: hashOf(token), created_at: now, expires_at: expiresAt };
  const { id } = await store.write((tx) =>
    tx
      .insertInto("token")
      .values({ ...row, used_at: null, revoked_at: null })
      .returning("id")
      .executeTakeFirstOrThrow(),
  );
  return { id, token, label, expiresAt };
}

export interface ApiIdentity {
  id: number;
  label: string;
  scopes: ApiScope[];
}

/** Whose API token this is; undefined for one that is unknown, expired or revoked. */
export async function verifyApiToken({ store, clock }: TokenDeps, token: string): Promise<ApiIdentity | undefined> {
  const row = await findValid(store, clock, token);
  if (row?.purpose !== "api") return undefined;
  return { id: row.id, label: row.label, scopes: JSON.parse(row.scope) };
}

export interface EnrolPermit {
  id: number;
  purpose: "enrol-once" | "enrol-site";
  scope: EnrolTokenScope;
}

/** What an enrolment token permits; undefined for one that is unknown, expired, revoked, or was used and is for one source only. */
export async function verifyEnrolToken({ store, clock }: TokenDeps, token: string): Promise<EnrolPermit | undefined> {
  const row = await findValid(store, clock, token);
  if (!row || row.purpose === "api") return undefined;
  const scope: EnrolTokenScope = JSON.parse(row.scope);
  return isUsedUp(row, scope) ? undefined : { id: row.id, purpose: row.purpose, scope };
}

/** Counts one use in the transaction that enrols. Rejects with AppError `token-refused` when it was used up or revoked meanwhile. */
export async function useToken(tx: Transaction<Database>, { id }: EnrolPermit, now: number): Promise<void> {
  const row = await tx.selectFrom("token").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
  const scope: EnrolTokenScope = JSON.parse(row.scope);
  if (isUsedUp(row, scope) || row.revoked_at !== null)
    throw new AppError("token-refused", "the token was used meanwhile");
  const left = scope.usesLeft === undefined ? scope : { ...scope, usesLeft: scope.usesLeft - 1 };
  await tx
    .updateTable("token")
    .set({ used_at: now, scope: JSON.stringify(left) })
    .where("id", "=", id)
    .execute();
}

function isUsedUp({ purpose, used_at }: Pick<TokenTable, "purpose" | "used_at">, scope: EnrolTokenScope): boolean {
  return purpose === "enrol-once" ? used_at !== null : scope.usesLeft === 0;
}

async function findValid(store: Store, clock: Clock, token: string) {
  const row = await store.read.selectFrom("token").selectAll().where("hash", "=", hashOf(token)).executeTakeFirst();
  if (!row || row.revoked_at !== null) return undefined;
  return row.expires_at !== null && row.expires_at <= clock.now() ? undefined : row;
}

export interface TokenView {
  id: number;
  purpose: TokenPurpose;
  label: string;
  scope: unknown;
  createdAt: number;
  expiresAt: number | null;
  usedAt: number | null;
  revokedAt: number | null;
}

/** All tokens, newest first, without what would let anyone use them. */
export async function listTokens({ store }: TokenDeps, purposes: readonly TokenPurpose[]): Promise<TokenView[]> {
  const rows = await store.read
    .selectFrom("token")
    .selectAll()
    .where("purpose", "in", [...purposes])
    .orderBy("id", "desc")
    .execute();
  return rows.map((row) => ({
    id: row.id,
    purpose: row.purpose,
    label: row.label,
    scope: JSON.parse(row.scope),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    usedAt: row.used_at,
    revokedAt: row.revoked_at,
  }));
}

/**
 * Revokes a token of one of these purposes: whoever manages those for enrolling has no say over those of the API.
 * Rejects with AppError `unknown-token`. Revoking twice does nothing more.
 */
export async function revokeToken(
  { store, clock }: TokenDeps,
  id: number,
  purposes: readonly TokenPurpose[],
): Promise<void> {
  const changed = await store.write(async (tx) => {
    const known = await tx.selectFrom("token").select("purpose").where("id", "=", id).executeTakeFirst();
    if (!known || !purposes.includes(known.purpose)) return false;
    await tx
      .updateTable("token")
      .set({ revoked_at: clock.now() })
      .where("id", "=", id)
      .where("revoked_at", "is", null)
      .execute();
    return true;
  });
  if (!changed) throw new AppError("unknown-token", `there is no token ${id}`);
}

export function hashOf(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
