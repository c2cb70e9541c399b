/** Who is logged on: systemd-logind's session files, or `who`. Pure. */
import { cut, lines, parseKeyValues } from "../text.ts";

export interface Session {
  user: string;
  sessionClass: string;
  state: string;
}

const USERS_MAX = 64;

/** `/run/systemd/sessions/ID`: `USER=`, `CLASS=user|greeter|manager...`, `STATE=online|active|closing`. */
export function parseSession(text: string): Session {
  const values = parseKeyValues(text);
  return { user: values.get("USER") ?? "", sessionClass: values.get("CLASS") ?? "", state: values.get("STATE") ?? "" };
}

/** The people among the sessions: no login screens, no service managers, nobody who is just leaving. */
export function usersOf(sessions: readonly Session[]): string[] {
  const people = sessions.filter(
    ({ user, sessionClass, state }) =>
      user !== "" && /^user(-early|-light|-incomplete)?$/.test(sessionClass) && state !== "closing",
  );
  return unique(people.map(({ user }) => user));
}

export function parseWho(text: string): string[] {
  return unique(lines(text).map((line) => line.split(/\s+/)[0] as string));
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names.map((name) => cut(name)))].sort().slice(0, USERS_MAX);
}
