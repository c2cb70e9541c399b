/**
 * The register of computers (XC 1) and the IP ledger (WG 14): officers' decisions, checked against what was decided
 * before and appended to the one log. The tables `pc` and `ip_grant` follow from the log a moment later.
 */
import type { Transaction } from "kysely";
import { AppError } from "../../protocol/errors.ts";
import { dayOfDate } from "../attendance/site-time.ts";
import type { Store } from "../store/port.ts";
import type { Database } from "../store/schema.ts";
import { type AddressBlock, isAside, parseBlock } from "./address.ts";
import type { Decision, PC_ROLES, PC_ZONES } from "./decisions.ts";
import { type GrantView, grantsNow, type PcView, pcNow } from "./present.ts";

export interface RegistryDeps {
  store: Store;
  /** Resolves once the projections show this record, or after a bounded wait: so that a reader finds his own decision. */
  applied?: (recordId: number) => Promise<void>;
}

/** Who decides, and why; `by` is an account or `cli:user`. */
export interface Decider {
  by: string;
  reason?: string | undefined;
}

/** `dryRun`: everything is checked, nothing is decided. */
export interface DecideOptions {
  dryRun?: boolean | undefined;
}

/** `record`: the id of the decision in the log; null after a dry run. */
export interface Decided {
  record: number | null;
  dryRun: boolean;
}

export interface PcInput {
  source: string;
  unit?: string | undefined;
  custodian?: string | undefined;
  role?: (typeof PC_ROLES)[number] | undefined;
  zone?: (typeof PC_ZONES)[number] | undefined;
  note?: string | undefined;
}

export interface GrantInput {
  source: string;
  /** One address, or a segment `10.1.2.0/24` for a PC that DHCP serves. */
  address: string;
  /** Site dates `YYYY-MM-DD`, both included; `to` null or absent: until revoked. */
  from: string;
  to?: string | null | undefined;
  /** Number of the application that was consented to (WG 14). */
  reference: string;
}

/**
 * Takes a PC into the register, or changes its entry; what is absent stays as it was (role `desktop`, zone `inner` at first).
 * Rejects with AppError `unknown-source`, `not-a-pc`, `unit-required`, `custodian-required`.
 */
export async function approvePc(
  deps: RegistryDeps,
  input: PcInput,
  decider: Decider,
  options: DecideOptions = {},
): Promise<Decided & { pc: PcView }> {
  return await decide(deps, options, async (tx) => {
    const before = await pcNow(tx, input.source);
    const pc = merged(before, input);
    if (!pc.unit) throw new AppError("unit-required", "a registered PC belongs to a unit (XC 1)");
    if (!pc.custodian) throw new AppError("custodian-required", "a registered PC has a custodian (WG 15)");
    return registered({ ...pc, state: "approved" }, decider);
  });
}

/** Takes a PC off the register. Rejects with AppError `unknown-source`, `not-a-pc`, `already-retired`, `reason-required`. */
export async function retirePc(
  deps: RegistryDeps,
  { source }: { source: string },
  decider: Decider,
  options: DecideOptions = {},
): Promise<Decided & { pc: PcView }> {
  if (!decider.reason) throw new AppError("reason-required", "say why the PC leaves the register");
  return await decide(deps, options, async (tx) => {
    const pc = await pcNow(tx, source);
    if (pc.state === "retired") throw new AppError("already-retired", `${source} is retired already`);
    return registered({ ...pc, state: "retired" }, decider);
  });
}

/**
 * Grants an address to a PC. Rejects with AppError `unknown-source`, `not-a-pc`, `bad-address`, `bad-date`, `bad-range`,
 * `reference-required`, `already-granted` (to this PC), `address-taken` (by another PC in an overlapping time).
 */
export async function grantIp(
  deps: RegistryDeps,
  input: GrantInput,
  decider: Decider,
  options: DecideOptions = {},
): Promise<Decided & { grant: Omit<GrantView, "id"> & { id: number | null } }> {
  const block = grantable(input.address);
  const to = input.to ?? null;
  checkDates(input.from, to);
  if (!input.reference.trim()) throw new AppError("reference-required", "name the application that was consented to");
  const answer = await decide(deps, options, async (tx) => {
    await pcNow(tx, input.source);
    refuseOverlap(await grantsNow(tx), { source: input.source, block, from: input.from, to });
    const body = { source: input.source, address: block.text, from: input.from, to, reference: input.reference.trim() };
    const decision: Decision = { kind: "ip.granted", body: { ...body, ...signed(decider) } };
    return { decision, view: { grant: body } };
  });
  return { ...answer, grant: { ...answer.grant, id: answer.record } };
}

/** Ends a grant at once. Rejects with AppError `unknown-grant`, `already-revoked`, `reason-required`. */
export async function revokeIp(
  deps: RegistryDeps,
  { grant }: { grant: number },
  decider: Decider,
  options: DecideOptions = {},
): Promise<Decided & { grant: GrantView }> {
  if (!decider.reason) throw new AppError("reason-required", "say why the address is taken back");
  return await decide(deps, options, async (tx) => {
    const known = (await grantsNow(tx, { revoked: true })).find(({ id }) => id === grant);
    if (!known) throw new AppError("unknown-grant", `there is no grant ${grant}`);
    if (known.revoked) throw new AppError("already-revoked", `grant ${grant} is revoked already`);
    const decision: Decision = { kind: "ip.revoked", body: { grant, ...signed(decider) } };
    return { decision, view: { grant: known.grant } };
  });
}

/** Judges and appends in one transaction; resolves once the projections show the decision, or after their bounded wait. */
export async function decide<View>(
  { store, applied }: RegistryDeps,
  { dryRun = false }: DecideOptions,
  judge: (tx: Transaction<Database>) => Promise<{ decision: Decision; view: View }>,
): Promise<Decided & View> {
  const answer = await store.write(async (tx) => {
    const { decision, view } = await judge(tx);
    const [record = null] = dryRun ? [] : await store.appendDecisions([decision], tx);
    return { record, dryRun, ...view };
  });
  if (answer.record !== null) await applied?.(answer.record);
  return answer;
}

function signed({ by, reason }: Decider): { by: string; reason?: string } {
  return reason ? { by, reason } : { by };
}

function merged(before: PcView, input: PcInput): PcView {
  return {
    ...before,
    unit: input.unit?.trim() || before.unit,
    custodian: input.custodian?.trim() || before.custodian,
    role: input.role ?? before.role,
    zone: input.zone ?? before.zone,
    note: input.note?.trim() || before.note,
  };
}

function registered(
  pc: PcView & { state: "approved" | "retired" },
  decider: Decider,
): { decision: Decision; view: { pc: PcView } } {
  return { decision: { kind: "pc.registered", body: { ...pc, ...signed(decider) } }, view: { pc } };
}

function grantable(text: string): AddressBlock {
  const block = parseBlock(text);
  if (!block) throw new AppError("bad-address", `${text} is neither an IP address nor a segment`);
  const [network = ""] = block.text.split("/");
  if (isAside(network)) throw new AppError("bad-address", `${text} is no address that a PC can be granted`);
  return block;
}

function checkDates(from: string, to: string | null): void {
  for (const text of to === null ? [from] : [from, to]) {
    if (dayOfDate(text) === undefined) throw new AppError("bad-date", `${text} is no date YYYY-MM-DD`);
  }
  if (to !== null && to < from)
    throw new AppError("bad-range", `the grant would end on ${to}, before it begins on ${from}`);
}

function refuseOverlap(
  granted: { id: number; grant: GrantView }[],
  wanted: { source: string; block: AddressBlock; from: string; to: string | null },
): void {
  for (const { id, grant } of granted) {
    if (grant.address !== wanted.block.text || !overlaps(grant, wanted)) continue;
    const own = grant.source === wanted.source;
    if (own) throw new AppError("already-granted", `${grant.source} has ${grant.address} already, by grant ${id}`);
    // A segment may serve many PCs; one address belongs to one.
    if (wanted.block.single) {
      throw new AppError("address-taken", `${grant.address} is granted to ${grant.source}, by grant ${id}`);
    }
  }
}

function overlaps(one: { from: string; to: string | null }, other: { from: string; to: string | null }): boolean {
  return (other.to === null || one.from <= other.to) && (one.to === null || other.from <= one.to);
}
