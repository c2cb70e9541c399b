/** The agent's configuration: `agent.json` in its home, overridden by the command line. */
import { join } from "node:path";
import { AppError } from "../protocol/errors.ts";
import { readIfThere } from "../protocol/uplink/whole-file.ts";

export interface AgentConfig {
  /** `https://centre:8443`. */
  server?: string;
  /** One-time or site token; used up by the enrolment. */
  token?: string;
  caFile?: string;
  caFingerprint?: string;
  /** `mqtts://host:port` instead of what the enrolment says. */
  broker?: string;
  /** The name wanted at enrolment. */
  name?: string;
  simulated?: boolean;
  clamavDir?: string;
}

const TEXTS = ["server", "token", "caFile", "caFingerprint", "broker", "name", "clamavDir"] as const;
const KNOWN: readonly string[] = [...TEXTS, "simulated"];

/** An absent file is an empty configuration. Throws `config-invalid` for anything that is not understood. */
export async function readAgentConfig(home: string): Promise<AgentConfig> {
  const path = join(home, "agent.json");
  const text = await readIfThere(path).catch((cause: unknown) => {
    throw new AppError("config-invalid", `${path} cannot be read`, { cause });
  });
  return text === undefined ? {} : parseAgentConfig(text, path);
}

export function parseAgentConfig(text: string, path: string): AgentConfig {
  let config: unknown;
  try {
    config = JSON.parse(text);
  } catch (error) {
    throw new AppError("config-invalid", `${path} is not JSON`, { cause: error });
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new AppError("config-invalid", `${path} must hold one object`);
  }
  for (const [key, value] of Object.entries(config)) {
    const wanted = key === "simulated" ? "boolean" : "string";
    if (!KNOWN.includes(key)) throw new AppError("config-invalid", `${path}: unknown setting ${key}`);
    if (typeof value !== wanted) throw new AppError("config-invalid", `${path}: ${key} must be a ${wanted}`);
  }
  return config as AgentConfig;
}
