/**
 * What the one PowerShell of a day prints about a Windows PC: Security Center, Defender, Windows Update. Parsed from JSON that
 * holds no formatted text. Pure. Written from documented formats; not yet run on Windows.
 */
import { formatInstant } from "../../../protocol/time.ts";

export interface SecurityCenterProduct {
  displayName: string;
  /** The undocumented bit field (agent-signals, Antivirus, Windows). */
  productState: number;
  exePath?: string;
}

export interface DefenderStatus {
  runningMode?: string;
  realTime?: boolean;
  signatureVersion?: string;
  signatureUpdatedAt?: string;
  quickScanEndAt?: string;
  fullScanEndAt?: string;
  productVersion?: string;
}

export interface UpdateHistoryEntry {
  at: string;
  title: string;
  operation: number;
  resultCode: number;
}

export interface PendingUpdate {
  title: string;
  security: boolean;
}

/** Absent parts could not be asked; `errors` says why, by part. */
export interface DailySnapshot {
  at: string;
  securityCenter?: SecurityCenterProduct[];
  defender?: DefenderStatus;
  history?: UpdateHistoryEntry[];
  pending?: PendingUpdate[];
  errors: Record<string, string>;
}

/** GUID of the update category "Security Updates"; its name is translated, this is not. */
const SECURITY_UPDATES = "0fa1201d-4330-4fa8-8ae9-b877473b6441";

/** Undefined when the output is not the JSON object of our script. */
export function parseDailySnapshot(text: string, nowMs: number): DailySnapshot | undefined {
  const root = parseObject(text);
  if (!root) return undefined;
  const snapshot: DailySnapshot = { at: formatInstant(nowMs), errors: {} };
  for (const [part, error] of Object.entries(objectOf(root.errors) ?? {})) snapshot.errors[part] = String(error);
  if (root.securityCenter) snapshot.securityCenter = listOf(root.securityCenter).map(securityCenterProduct);
  const defender = objectOf(root.defender);
  if (defender) snapshot.defender = defenderStatus(defender);
  if (root.history) snapshot.history = listOf(root.history).flatMap(historyEntry);
  if (root.pending) snapshot.pending = listOf(root.pending).map(pendingUpdate);
  return snapshot;
}

function securityCenterProduct(row: Record<string, unknown>): SecurityCenterProduct {
  const path = textOf(row.pathToSignedProductExe);
  return {
    displayName: textOf(row.displayName) ?? "",
    productState: Number(row.productState),
    ...(path && { exePath: path }),
  };
}

function defenderStatus(row: Record<string, unknown>): DefenderStatus {
  return defined({
    runningMode: textOf(row.AMRunningMode),
    realTime: typeof row.RealTimeProtectionEnabled === "boolean" ? row.RealTimeProtectionEnabled : undefined,
    signatureVersion: textOf(row.AntivirusSignatureVersion),
    signatureUpdatedAt: dateOf(row.AntivirusSignatureLastUpdated),
    quickScanEndAt: dateOf(row.QuickScanEndTime),
    fullScanEndAt: dateOf(row.FullScanEndTime),
    productVersion: textOf(row.AMProductVersion),
  });
}

function historyEntry(row: Record<string, unknown>): UpdateHistoryEntry[] {
  const at = dateOf(row.Date);
  if (!at) return [];
  return [{ at, title: textOf(row.Title) ?? "", operation: Number(row.Operation), resultCode: Number(row.ResultCode) }];
}

function pendingUpdate(row: Record<string, unknown>): PendingUpdate {
  const categories = (Array.isArray(row.Categories) ? row.Categories : [row.Categories]).map(String);
  return { title: textOf(row.Title) ?? "", security: categories.some((id) => id.toLowerCase() === SECURITY_UPDATES) };
}

/** ISO text from our script, or PowerShell 5's own `/Date(1764000000000)/`. Blank, year 1601 and 1899 are nobody's date. */
function dateOf(value: unknown): string | undefined {
  const ticks = /^\/Date\((-?\d+)\)\/$/.exec(String(value ?? ""))?.[1];
  const ms = ticks === undefined ? Date.parse(String(value ?? "")) : Number(ticks);
  return ms >= Date.UTC(2000, 0, 1) ? formatInstant(ms) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function objectOf(value: unknown): Record<string, unknown> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}

/** PowerShell turns a list of one into the one. */
function listOf(value: unknown): Record<string, unknown>[] {
  const items: unknown[] = Array.isArray(value) ? value : [value];
  return items.flatMap((item) => {
    const object = objectOf(item);
    return object ? [object] : [];
  });
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return objectOf(JSON.parse(text.replace(/^\uFEFF/, "")));
  } catch {
    return undefined;
  }
}

function defined(values: Record<string, unknown>): DefenderStatus {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
