/** Users of a clock beside the staff register: who is unknown, who is missing, who has left. Pure. */

export interface RegisteredPerson {
  person: string;
  name: string;
  /** Last day at the centre, YYYY-MM-DD; null: still here. */
  to: string | null;
  /** `clock` is a serial number, or `*` for every clock. */
  users: readonly { clock: string; user: string }[];
}

export interface ClockUser {
  user: string;
  /** Where the clock keeps names. */
  nameOnClock?: string;
}

export interface StaffComparison {
  /** On the clock and nobody's. */
  unknown: ClockUser[];
  /** In the register for this clock and not on it. */
  missing: { user: string; person: string; name: string }[];
  /** On the clock although they have left. */
  left: { user: string; person: string; name: string; to: string }[];
  known: number;
}

/** @param today YYYY-MM-DD at the site */
export function compareWithStaff(
  users: readonly ClockUser[],
  staff: readonly RegisteredPerson[],
  { clock, today }: { clock: string; today: string },
): StaffComparison {
  const people = new Map<string, RegisteredPerson>();
  for (const person of staff) {
    for (const { clock: where, user } of person.users) if (where === "*" || where === clock) people.set(user, person);
  }
  const onClock = new Map(users.map((user) => [user.user, user]));
  const comparison: StaffComparison = { unknown: [], missing: [], left: [], known: 0 };
  for (const [user, onIt] of onClock) {
    const person = people.get(user);
    if (!person) comparison.unknown.push(onIt);
    else if (hasLeft(person, today)) comparison.left.push({ user, ...namesOf(person), to: person.to ?? "" });
    else comparison.known += 1;
  }
  for (const [user, person] of people) {
    if (!onClock.has(user) && !hasLeft(person, today)) comparison.missing.push({ user, ...namesOf(person) });
  }
  return comparison;
}

function hasLeft({ to }: RegisteredPerson, today: string): boolean {
  return to !== null && to < today;
}

function namesOf({ person, name }: RegisteredPerson) {
  return { person, name };
}
