/** Whom a row of the centre is about: only their days need be judged anew. */
import type { EvidenceDecision } from "../attendance/evidence/evidence-book.ts";

type IdentifiedKind = "request" | "explanation" | "finding";

export class Subjects {
  /** The person whom the row of that kind and id is about, as its last version says. */
  readonly #people = new Map<string, string>();

  /** To be told of each row once, in the order of the log. Undefined: the row may touch anybody. */
  take({ kind, body }: EvidenceDecision): readonly string[] | undefined {
    switch (kind) {
      case "attendance.requested":
        return this.#name("request", body);
      case "attendance.approved":
      case "attendance.certified":
      case "attendance.substituted":
      case "attendance.cancelled":
        return this.#of("request", body.request);
      case "attendance.explained":
        return this.#name("explanation", body);
      case "attendance.explanation-decided":
        return this.#of("explanation", body.explanation);
      case "attendance.left-post":
        return this.#name("finding", body);
      case "attendance.left-post-confirmed":
        return this.#of("finding", body.finding);
      case "attendance.signed-in":
        return [body.person];
      case "attendance.month-locked":
        return [];
      default:
        return undefined;
    }
  }

  /** A corrected row may move to another person: then the one whom it leaves is touched too. */
  #name(kind: IdentifiedKind, { id, person }: { id: string; person: string }): string[] {
    const before = this.#of(kind, id);
    this.#people.set(`${kind}|${id}`, person);
    return [...before, person];
  }

  /** A row that names what does not exist changes nothing. */
  #of(kind: IdentifiedKind, id: string): string[] {
    const person = this.#people.get(`${kind}|${id}`);
    return person === undefined ? [] : [person];
  }
}
