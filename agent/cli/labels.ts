/** Words of the agent's command line, Chinese first, English complete. */
import type { UnknownReason } from "../../protocol/messages/fact.ts";

export type Language = "zh" | "en";

const LABELS = {
  title: ["点卯代理所见的本机", "This PC as the agent sees it"],
  identity: ["身份", "Identity"],
  network: ["网络", "Network"],
  antivirus: ["防病毒", "Antivirus"],
  patch: ["补丁", "Patches"],
  power: ["开关机", "Power"],
  powerEvents: ["待上报的开关机事件", "Power events not reported yet"],
  hostname: ["主机名", "Host name"],
  os: ["操作系统", "Operating system"],
  hardware: ["硬件标识（散列）", "Hardware ids (hashed)"],
  users: ["登录用户", "Logged-on users"],
  timeZone: ["时区", "Time zone"],
  agentVersion: ["代理版本", "Agent version"],
  primary: ["主地址", "Primary address"],
  adapters: ["网卡", "Adapters"],
  products: ["产品", "Products"],
  version: ["版本", "Version"],
  protection: ["实时防护", "Real-time protection"],
  definitionsAt: ["病毒库日期", "Definitions of"],
  definitionsVersion: ["病毒库版本", "Definitions version"],
  definitionsCurrent: ["厂商称已最新", "Current, says the vendor"],
  lastScanAt: ["上次查杀", "Last scan"],
  notes: ["说明", "Notes"],
  level: ["补丁级别", "Patch level"],
  lastInstalledAt: ["上次更新", "Last update"],
  pending: ["待装更新", "Pending updates"],
  rebootRequired: ["需要重启", "Reboot required"],
  listsAt: ["更新列表日期", "Update lists of"],
  bootId: ["启动标识", "Boot id"],
  bootedAt: ["启动时间", "Booted at"],
  previousStop: ["上次关机", "Previous stop"],
  fastStartup: ["快速启动", "Fast Startup"],
  yes: ["是", "yes"],
  no: ["否", "no"],
  none: ["无", "none"],
  unknown: ["未知", "unknown"],
  clean: ["正常", "clean"],
  unclean: ["异常", "unexpected"],
  security: ["安全更新", "security"],
  total: ["共", "in all"],
  since: ["始于", "since"],
  up: ["已连接", "up"],
  down: ["未连接", "down"],
  gateway: ["网关", "gateway"],
  dhcp: ["自动获取", "DHCP"],
  manual: ["手工设置", "manual"],
  wired: ["有线", "wired"],
  wifi: ["无线", "Wi-Fi"],
  cellular: ["移动网络", "cellular"],
  virtual: ["虚拟", "virtual"],
  boot: ["开机", "boot"],
  shutdown: ["关机", "shutdown"],
  "unexpected-shutdown": ["异常关机", "unexpected shutdown"],
  sleep: ["睡眠", "sleep"],
  wake: ["唤醒", "wake"],
  "log-cleared": ["日志被清除", "log cleared"],
  enrolled: ["已注册", "enrolled"],
  waiting: ["等待审批", "waiting for approval"],
  refused: ["被拒绝", "refused"],
  unreachable: ["连不上中心", "the centre cannot be reached"],
} as const;

export type Label = keyof typeof LABELS;

export function labelOf(label: Label, language: Language): string {
  return LABELS[label][language === "zh" ? 0 : 1];
}

const REASONS: Record<UnknownReason, readonly [string, string]> = {
  "not-installed": ["未安装", "not installed"],
  "not-running": ["未运行", "not running"],
  "access-denied": ["无权读取", "access denied"],
  "probe-timeout": ["探测超时", "probe timed out"],
  "probe-failed": ["探测失败", "probe failed"],
  "not-supported": ["不支持", "not supported"],
  "not-recorded": ["无记录", "not recorded"],
  "stale-source": ["来源过旧", "source too old"],
  "sentinel-value": ["无意义的缺省值", "a default, not a value"],
  unreadable: ["无法解读", "unreadable"],
};

export function reasonOf(reason: UnknownReason, language: Language): string {
  return REASONS[reason][language === "zh" ? 0 : 1];
}
