/** Users of a clock beside the staff register: who is unknown, who is missing, who has left. Pure. */

export interface RegisteredPerson {
  person: string;
  name: string;
  /** First and last day at the centre, YYYY-MM-DD; `to` null: still here. */
  from: string;
  to: string | null;
  /** `clock` is a serial number, or `*` for every clock. */
  users: readonly { clock: string; user: string }[];
}

export interface ClockUser {
  user: string;
  /** Where the clock keeps names. */
  nameOnClock?: string;
}

export interface KnownUser {
  user: string;
  person: string;
  name: string;
}

export interface StaffComparison {
  /** On the clock, and of somebody who is at the centre or will be. */
  known: KnownUser[];
  /** On the clock and nobody's. */
  unknown: ClockUser[];
  /** In the register for this clock and not on it. */
  missing: KnownUser[];
  /** On the clock although they have left. */
  left: (KnownUser & { to: string })[];
}

const ANY_CLOCK = "*";

/** @param today YYYY-MM-DD at the site */
export function compareWithStaff(
  users: readonly ClockUser[],
  staff: readonly RegisteredPerson[],
  { clock, today }: { clock: string; today: string },
): StaffComparison {
  const people = ownersOn(clock, staff);
  const onClock = new Map(users.map((user) => [user.user, user]));
  const comparison: StaffComparison = { known: [], unknown: [], missing: [], left: [] };
  for (const [user, onIt] of onClock) {
    const person = people.get(user);
    if (!person) comparison.unknown.push(onIt);
    else if (hasLeft(person, today)) comparison.left.push({ ...knownAs(user, person), to: person.to ?? "" });
    else comparison.known.push(knownAs(user, person));
  }
  for (const [user, person] of people) {
    const isHere = person.from <= today && !hasLeft(person, today);
    if (isHere && !onClock.has(user)) comparison.missing.push(knownAs(user, person));
  }
  return comparison;
}

/**
 * Whose each user id is on this clock. An id given for the clock itself is stronger than one for every clock: of the same id,
 * as attendance has it, and of the same person, who is not to be on the clock under both.
 */
function ownersOn(clock: string, staff: readonly RegisteredPerson[]): Map<string, RegisteredPerson> {
  const owners = new Map<string, RegisteredPerson>();
  const give = (where: string, person: RegisteredPerson) => {
    for (const { clock: of, user } of person.users) if (of === where) owners.set(user, person);
  };
  for (const person of staff) {
    if (!person.users.some(({ clock: of }) => of === clock)) give(ANY_CLOCK, person);
  }
  for (const person of staff) give(clock, person);
  return owners;
}

function hasLeft({ to }: RegisteredPerson, today: string): boolean {
  return to !== null && to < today;
}

function knownAs(user: string, { person, name }: RegisteredPerson): KnownUser {
  return { user, person, name };
}
