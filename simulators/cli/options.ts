/** Option values that every `simulate` command checks in the same way. */
import { InvalidArgumentError, Option } from "commander";
import { isAppError } from "../../protocol/errors.ts";
import { FAULT_PROFILES, type FaultProfile, parseFaults } from "../faults/profile.ts";

/** A whole number within limits, for commander's argument parser. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new InvalidArgumentError(`a whole number from ${min} to ${max} is needed`);
    }
    return value;
  };
}

export function decimal(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= min && value <= max)) {
      throw new InvalidArgumentError(`a number from ${min} to ${max} is needed`);
    }
    return value;
  };
}

export function faultsOption(): Option {
  const names = Object.keys(FAULT_PROFILES).join(", ");
  return new Option("--faults <list>", `${names}, or NAME=RATE,...: chances per frame, mishaps per minute`)
    .argParser(parseFaultsFlag)
    .default(parseFaults("none"), "none");
}

function parseFaultsFlag(text: string): FaultProfile {
  try {
    return parseFaults(text);
  } catch (error) {
    if (isAppError(error, "bad-faults")) throw new InvalidArgumentError(error.message);
    throw error;
  }
}

export function oneOf(names: readonly string[]): (text: string) => string {
  return (text) => {
    if (!names.includes(text)) throw new InvalidArgumentError(`one of ${names.join(", ")} is needed`);
    return text;
  };
}

export const SEED_MAX = 2 ** 31 - 1;
