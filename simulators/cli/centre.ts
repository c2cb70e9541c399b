/** How simulated PCs are told where the centre is: the options that `simulate pcs`, `day` and `hall` have in common. */
import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { CentreOptions } from "../pcs/office-pc.ts";
import { integer, SEED_MAX } from "./options.ts";

export interface CentreFlags {
  server: string;
  token?: string;
  ca?: string;
  caFingerprint?: string;
  broker?: string;
  seed: number;
  home?: string;
  json: boolean;
}

export function addCentreOptions(command: Command): Command {
  return command
    .addOption(new Option("--server <url>", "the centre").argParser(httpsUrl).default("https://127.0.0.1:8443"))
    .addOption(new Option("--token <token>", "site token from `dianmao enrol token`").env("DIANMAO_TOKEN"))
    .option("--ca <file>", "certificate of the centre's authority (PEM)")
    .option("--ca-fingerprint <hex>", "or the SHA-256 fingerprint of that certificate")
    .option("--broker <url>", "another broker than the centre names")
    .option("--seed <n>", "the same seed gives the same office", integer(0, SEED_MAX), 1)
    .option("--home <dir>", "keys and journals of the simulation (default: in the state folder, by server and seed)")
    .option("--json", "one JSON object a line", false)
    .hook("preAction", (_, action) => {
      const { ca, caFingerprint } = action.opts<CentreFlags>();
      if (!ca && !caFingerprint) action.error("error: --ca or --ca-fingerprint is needed, to recognise the centre");
    });
}

export function centreOf({ server, token, ca, caFingerprint, broker }: CentreFlags): CentreOptions {
  return {
    url: server,
    ...(token && { token }),
    ...(ca && { caFile: ca }),
    ...(caFingerprint && { caFingerprint }),
    ...(broker && { broker }),
  };
}

/** Kept between runs: the same seed is then the same PCs to the same centre, with the same keys. */
export function homeOf({ home, server, seed }: CentreFlags): string {
  if (home) return home;
  const state = process.env.DIANMAO_HOME ?? join(homedir(), ".dianmao");
  const where = createHash("sha256").update(server).digest("hex").slice(0, 8);
  return join(state, "simulated", `${where}-${seed}`);
}

function httpsUrl(text: string): string {
  if (!URL.canParse(text) || new URL(text).protocol !== "https:") {
    throw new InvalidArgumentError("an address that begins with https:// is needed");
  }
  return text;
}
