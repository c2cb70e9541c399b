/** A part of which nothing is known, with one reason for all: what a hung or broken probe reports. Pure. */
import type { PartName, Parts } from "../../protocol/messages/records/posture.ts";
import type { Failure } from "../os/os.ts";
import type { Facts } from "./facts.ts";

type UnknownParts = { [Name in PartName]: (facts: Facts, failure: Failure, agentVersion: string) => Parts[Name] };

const UNKNOWN_PARTS: UnknownParts = {
  identity: (facts, failure, agentVersion) => {
    const unknown = facts.failed(failure);
    return { hostname: unknown, os: unknown, hardware: unknown, users: unknown, timeZone: unknown, agentVersion };
  },
  network: (facts, failure) => ({ adapters: facts.failed(failure), primary: facts.failed(failure) }),
  antivirus: (facts, failure) => ({ products: facts.failed(failure) }),
  patch: (facts, failure) => {
    const unknown = facts.failed(failure);
    return { level: unknown, lastInstalledAt: unknown, pending: unknown, rebootRequired: unknown, listsAt: unknown };
  },
  power: (facts, failure) => {
    const unknown = facts.failed(failure);
    return { bootId: unknown, bootedAt: unknown, previousStop: unknown, fastStartup: unknown };
  },
};

export function unknownPart<Name extends PartName>(
  name: Name,
  facts: Facts,
  failure: Failure,
  agentVersion: string,
): Parts[Name] {
  return UNKNOWN_PARTS[name](facts, failure, agentVersion);
}
