/** Prints what a centre should find, for people and for programs. */
import { DUE, type ExpectedFinding } from "../pcs/expected.ts";
import type { Speaker } from "./run.ts";

/** XC 1 concerns every PC and is one line; the planted ones are a line each. */
export function sayExpected(findings: readonly ExpectedFinding[], { say }: Speaker): void {
  const planted = findings.filter(({ rule }) => rule !== "XC1-unregistered");
  const unregistered = findings.length - planted.length;
  const lines = planted.map(
    ({ rule, source, hostname, due }) => `  ${rule.padEnd(26)} ${source} ${hostname}: ${DUE[due]}`,
  );
  const everybody = `  ${"XC1-unregistered".padEnd(26)} each of the ${unregistered} PCs, until it is approved`;
  say({ event: "expected", findings }, ["The centre should find:", everybody, ...lines].join("\n"));
}
