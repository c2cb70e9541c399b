/** The agent's command line as a program of its own, for tests that start it. */
import { agentCommand } from "../../../agent/cli/agent.ts";

await agentCommand().parseAsync();
