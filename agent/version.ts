/** Version of the agent, as it stands in hello, enrolment and the identity part. */
export const AGENT_VERSION = "0.1.0";
