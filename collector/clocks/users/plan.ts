/** Which users are to be added to a clock and removed from it, and which of those asked for cannot be, and why. Pure. */
import type { KnownUser, StaffComparison } from "./staff-comparison.ts";

/** Removed in one go without being forced to: more than leave a centre in a month. */
export const REMOVALS_MAX = 10;
/** Added and removed in one go: the reader has the clock for itself meanwhile. */
export const CHANGES_MAX = 500;

export const USER_ACTIONS = ["add", "remove", "sync"] as const;

export interface UsersRequest {
  /** `sync` is both, for all: whoever is missing is added, whoever has left is removed. */
  action: (typeof USER_ACTIONS)[number];
  /** Only these; none: all who are missing, or have left. Those unknown to the register are never removed unasked. */
  users: readonly string[];
  /** Also more than REMOVALS_MAX, and people who are still in the register. */
  force: boolean;
}

export type StepFault = "already-there" | "has-left" | "not-in-register" | "in-register" | "not-on-clock";

export interface UserStep {
  action: "add" | "remove";
  user: string;
  /** Where the register knows them. */
  person?: string;
  name?: string;
  /** Why it cannot be done. */
  fault?: StepFault;
}

export function planUsers(comparison: StaffComparison, { action, users, force }: UsersRequest): UserStep[] {
  const { missing, left } = comparison;
  if (action === "sync") return [...usersOf(missing).map(additionOf), ...usersOf(left).map(removalOf)];
  if (action === "add") return chosen(missing).map(additionOf);
  return chosen(left).map(removalOf);

  function chosen(all: readonly KnownUser[]): string[] {
    return users.length > 0 ? [...new Set(users)] : usersOf(all);
  }

  function additionOf(user: string): UserStep {
    const known = find(missing, user);
    if (known) return { action: "add", ...known };
    return { action: "add", user, fault: faultOfAdding(comparison, user) };
  }

  function removalOf(user: string): UserStep {
    const gone = find(left, user);
    if (gone) return { action: "remove", user, person: gone.person, name: gone.name };
    const known = find(comparison.known, user);
    if (known) return { action: "remove", ...known, ...(force ? {} : { fault: "in-register" }) };
    const isThere = comparison.unknown.some((other) => other.user === user);
    return { action: "remove", user, ...(isThere ? {} : { fault: "not-on-clock" }) };
  }
}

/** How many would be removed. */
export function removalsOf(steps: readonly UserStep[]): number {
  return steps.filter(({ action, fault }) => action === "remove" && fault === undefined).length;
}

function faultOfAdding({ known, left, unknown }: StaffComparison, user: string): StepFault {
  if (find(left, user)) return "has-left";
  return find(known, user) || unknown.some((other) => other.user === user) ? "already-there" : "not-in-register";
}

function usersOf(people: readonly KnownUser[]): string[] {
  return people.map(({ user }) => user);
}

function find<Known extends KnownUser>(people: readonly Known[], user: string): Known | undefined {
  return people.find((other) => other.user === user);
}
