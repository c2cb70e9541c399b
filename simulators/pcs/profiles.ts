/** The office that simulated PCs stand in: units, people, products and systems as a government service centre has them. */
import type { PcOs } from "./pc.ts";

/** Units with the letters that their inventory labels begin with and the third byte of their network. */
export const UNITS = [
  { name: "信息技术处", label: "XXJS", subnet: 10 },
  { name: "保障服务处", label: "BZFW", subnet: 11 },
  { name: "综合协调处", label: "ZHXT", subnet: 12 },
  { name: "督查考核处", label: "DCKH", subnet: 13 },
  { name: "社保服务窗口", label: "SB", subnet: 20 },
  { name: "不动产登记窗口", label: "BDC", subnet: 21 },
  { name: "税务服务窗口", label: "SW", subnet: 22 },
  { name: "公安出入境窗口", label: "CRJ", subnet: 23 },
  { name: "医保服务窗口", label: "YB", subnet: 24 },
  { name: "市场监管窗口", label: "SCJG", subnet: 25 },
] as const;

const FAMILY_NAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林";
const GIVEN_NAMES = ["建国", "秀英", "伟", "敏", "静", "丽", "强", "磊", "洋", "艳", "志强", "秀兰", "海燕", "晓东"];

export function personName(pick: (limit: number) => number): string {
  return `${FAMILY_NAMES[pick(FAMILY_NAMES.length)]}${GIVEN_NAMES[pick(GIVEN_NAMES.length)]}`;
}

export interface OsProfile {
  os: PcOs;
  family: "windows" | "linux";
  name: string;
  versions: readonly { version: string; current: string; behind: string }[];
  /** Of a hundred PCs. */
  share: number;
  antivirus: readonly { product: string; version: string }[];
}

/** `current` is a level that satisfies any sensible baseline, `behind` is years old. */
export const OS_PROFILES: readonly OsProfile[] = [
  {
    os: "windows-11",
    family: "windows",
    name: "Windows 11 专业版",
    versions: [{ version: "23H2", current: "22631.9999", behind: "22631.2506" }],
    share: 35,
    antivirus: [
      { product: "火绒安全软件", version: "6.0.4.2" },
      { product: "奇安信天擎", version: "10.3.0.5012" },
      { product: "Windows Defender", version: "4.18.24090.11" },
    ],
  },
  {
    os: "windows-10",
    family: "windows",
    name: "Windows 10 企业版 LTSC",
    versions: [{ version: "21H2", current: "19044.9999", behind: "19044.1288" }],
    share: 25,
    antivirus: [
      { product: "360杀毒", version: "7.0.0.1052" },
      { product: "奇安信天擎", version: "10.3.0.5012" },
    ],
  },
  {
    os: "kylin",
    family: "linux",
    name: "银河麒麟桌面操作系统",
    versions: [{ version: "V10 SP1", current: "5.10.0-28-generic", behind: "5.4.18-35-generic" }],
    share: 20,
    antivirus: [{ product: "奇安信天擎", version: "10.0.6" }],
  },
  {
    os: "uos",
    family: "linux",
    name: "统信UOS桌面专业版",
    versions: [{ version: "1070", current: "5.10.0-amd64-desktop", behind: "4.19.0-amd64-desktop" }],
    share: 12,
    antivirus: [{ product: "江民杀毒", version: "16.0" }],
  },
  {
    os: "debian",
    family: "linux",
    name: "Debian GNU/Linux",
    versions: [{ version: "12", current: "6.1.0-40-amd64", behind: "6.1.0-9-amd64" }],
    share: 8,
    antivirus: [{ product: "ClamAV", version: "1.4.6" }],
  },
];
