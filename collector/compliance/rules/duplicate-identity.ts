/** XC 1: one entry, one computer. An identity that two machines use (a cloned disk) names neither of them. */
import { fail, pass, RULES_FROM, type Rule } from "../rule.ts";

export const DUPLICATE_IDENTITY: Rule = {
  code: "ID-duplicate",
  article: "XC 1",
  version: 1,
  from: RULES_FROM,
  severity: "critical",
  graceSeconds: 0,
  title: { zh: "终端身份重复（疑似克隆系统）", en: "Duplicate identity (cloned system)" },
  remediation: {
    zh: "查清使用同一身份的两台计算机，分别重新注册客户端；今后制作系统镜像前须先清除客户端身份。",
    en: "Find both machines and enrol each anew; before a disk image is made, the agent's identity must be removed.",
  },
  appliesTo: (facts) => !facts.revoked,
  check({ duplicate }) {
    if (!duplicate) return pass();
    const { epoch, detail, addresses, at } = duplicate;
    return fail("used-twice", { epoch, detail, addresses }, { observed: { at } });
  },
  message({ detail, addresses }) {
    const list = (addresses as string[]).join("、");
    return {
      zh: `同一身份被两台计算机使用（${detail}），来自 ${list}。`,
      en: `Two machines use one identity (${detail}), from ${(addresses as string[]).join(", ")}.`,
    };
  },
};
