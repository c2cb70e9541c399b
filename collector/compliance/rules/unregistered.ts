/** XC 1: all computers are registered and filed; the register is kept current. */
import { fail, pass, RULES_FROM, type Rule } from "../rule.ts";

export const UNREGISTERED: Rule = {
  code: "XC1-unregistered",
  article: "XC 1",
  version: 1,
  from: RULES_FROM,
  severity: "violation",
  graceSeconds: 0,
  title: { zh: "计算机未登记备案", en: "PC not registered" },
  remediation: {
    zh: "由信息技术处核对实物后登记备案：明确所属窗口（处室）、责任人、用途及所属网络；确非本单位计算机的，立即断开网络并吊销其证书。",
    en: "Check the machine on the spot and register it with unit, custodian, role and zone; if it is not ours, unplug it and revoke its certificate.",
  },
  appliesTo: (facts) => !facts.revoked,
  check({ pc, presence, hostname, addresses, seenAddress }) {
    const observed = { addresses: (addresses ?? []).map(({ address }) => address), seenAddress };
    if (pc.state === "pending") return fail("pending", { hostname, firstSeenAt: pc.firstSeenAt }, { observed });
    if (pc.state === "retired" && presence.state === "online")
      return fail("retired-in-use", { hostname }, { observed });
    return pass();
  },
  message: ({ reason, hostname }) =>
    reason === "retired-in-use"
      ? {
          zh: `已注销的计算机 ${hostname} 仍在网上使用。`,
          en: `${hostname} was taken off the register and is still in use.`,
        }
      : { zh: `计算机 ${hostname} 已接入，尚未登记备案。`, en: `${hostname} is connected and not registered yet.` },
};
