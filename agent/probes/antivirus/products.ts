/** The antivirus products that the agent knows (agent-signals, Antivirus). Order is the order of the report. */
import type { ProductRule } from "./rule.ts";

const MDATP = { kind: "json-command", command: "mdatp", args: ["health", "--output", "json"] } as const;

export const PRODUCT_RULES: readonly ProductRule[] = [
  {
    name: "ClamAV",
    platform: "linux",
    detect: [
      { kind: "path", path: "/usr/bin/clamscan" },
      { kind: "path", path: "/usr/sbin/clamd" },
      { kind: "path", path: "/usr/local/bin/clamscan" },
    ],
    guard: { processes: ["clamonacc"] },
    reader: "clamav",
    lastScanAt: [
      // `End Date:   2026:11:23 12:01:05` ends each report that clamscan and clamdscan write with --log.
      {
        kind: "text",
        path: "/var/log/clamav/*scan*.log",
        pattern: "End Date:\\s+(\\d{4}:\\d{2}:\\d{2} \\d{2}:\\d{2}:\\d{2})",
        format: "local",
        confidence: "vendor-record",
      },
    ],
  },
  {
    name: "Microsoft Defender",
    platform: "linux",
    detect: [{ kind: "path", path: "/opt/microsoft/mdatp" }],
    protection: { ...MDATP, pointer: "/realTimeProtectionEnabled" },
    version: { ...MDATP, pointer: "/appVersion" },
    definitionsVersion: { ...MDATP, pointer: "/definitionsVersion" },
    definitionsAt: [{ ...MDATP, pointer: "/definitionsUpdated", format: "epoch-ms", confidence: "vendor-api" }],
    notes: [
      { label: "healthy", location: { ...MDATP, pointer: "/healthy" } },
      { label: "issues", location: { ...MDATP, pointer: "/healthIssues" } },
    ],
  },
  {
    name: "360",
    platform: "linux",
    detect: [{ kind: "path", path: "/opt/360safeforcnos" }],
    guard: { processes: ["360safed", "360tray", "360sd"] },
    definitionsAt: [{ kind: "newest-mtime", path: "/opt/360safeforcnos/*/*.def", confidence: "file-mtime" }],
  },
  {
    name: "奇安信天擎",
    platform: "linux",
    detect: [{ kind: "path", path: "/opt/qaxsafe" }],
    guard: { processes: ["QAXEntClient", "qaxsafed", "QAXTray"] },
  },
  {
    name: "江民",
    platform: "linux",
    detect: [{ kind: "path", path: "/opt/LinuxKPC" }],
    version: { kind: "text", path: "/opt/LinuxKPC/ini/version", pattern: "(\\S+)" },
    definitionsAt: [
      {
        kind: "text",
        path: "/opt/LinuxKPC/ini/apsc_client_ui.ini",
        pattern: "=\\s*(1[5-9]\\d{8}|2\\d{9})\\s*$",
        format: "epoch",
        confidence: "vendor-record",
      },
    ],
  },
  {
    name: "火绒",
    platform: "windows",
    detect: [
      { kind: "process", names: ["HipsDaemon", "HipsTray", "wsctrlsvc", "wsctrl"] },
      { kind: "security-center", pattern: "火绒|Huorong" },
    ],
    guard: { processes: ["HipsDaemon"] },
  },
  {
    name: "360",
    platform: "windows",
    detect: [
      { kind: "process", names: ["360sd", "360tray", "360rp", "ZhuDongFangYu"] },
      { kind: "security-center", pattern: "360" },
    ],
    guard: { processes: ["360rp", "360tray", "ZhuDongFangYu"] },
    lastScanAt: [
      {
        kind: "file-name",
        path: "C:\\Program Files (x86)\\360\\360sd\\Log\\VirusScanLog\\*.log",
        pattern: "(\\d{14})\\.log$",
        format: "local",
        confidence: "vendor-record",
      },
      {
        kind: "file-name",
        path: "C:\\Program Files\\360\\360sd\\Log\\VirusScanLog\\*.log",
        pattern: "(\\d{14})\\.log$",
        format: "local",
        confidence: "vendor-record",
      },
    ],
    definitionsAt: [
      { kind: "newest-mtime", path: "C:\\Program Files (x86)\\360\\360sd\\*.def", confidence: "file-mtime" },
      { kind: "newest-mtime", path: "C:\\Program Files\\360\\360sd\\*.def", confidence: "file-mtime" },
    ],
  },
  {
    name: "奇安信天擎",
    platform: "windows",
    detect: [
      { kind: "process", names: ["QAXEntClient", "QAXTray"] },
      { kind: "security-center", pattern: "奇安信|天擎|QAX|Qi-?AnXin" },
    ],
    guard: { processes: ["QAXEntClient"] },
  },
  {
    name: "瑞星",
    platform: "windows",
    detect: [
      { kind: "process", names: ["RavMonD", "rstray"] },
      { kind: "security-center", pattern: "瑞星|Rising" },
    ],
    guard: { processes: ["RavMonD"] },
  },
  {
    name: "金山毒霸",
    platform: "windows",
    detect: [
      { kind: "process", names: ["kxescore", "kxetray"] },
      { kind: "security-center", pattern: "金山|Kingsoft|毒霸" },
    ],
    guard: { processes: ["kxescore"] },
  },
  {
    name: "腾讯电脑管家",
    platform: "windows",
    detect: [
      { kind: "process", names: ["QQPCTray", "QQPCRTP"] },
      { kind: "security-center", pattern: "腾讯|电脑管家|Tencent" },
    ],
    guard: { processes: ["QQPCRTP"] },
  },
  {
    name: "Kaspersky",
    platform: "windows",
    detect: [
      { kind: "process", names: ["avp"] },
      { kind: "security-center", pattern: "Kaspersky|卡巴斯基" },
    ],
    guard: { processes: ["avp"] },
    definitionsAt: [
      {
        kind: "registry",
        key: "HKLM\\SOFTWARE\\WOW6432Node\\KasperskyLab\\protected\\*\\Data",
        value: "LastSuccessfulUpdate",
        format: "epoch",
        confidence: "vendor-record",
      },
      {
        kind: "registry",
        key: "HKLM\\SOFTWARE\\KasperskyLab\\protected\\*\\Data",
        value: "LastSuccessfulUpdate",
        format: "epoch",
        confidence: "vendor-record",
      },
    ],
  },
  {
    name: "Symantec",
    platform: "windows",
    detect: [
      { kind: "process", names: ["ccSvcHst"] },
      { kind: "security-center", pattern: "Symantec|Norton" },
    ],
    guard: { processes: ["ccSvcHst"] },
    definitionsAt: [
      {
        kind: "text",
        path: "C:\\ProgramData\\Symantec\\Symantec Endpoint Protection\\CurrentVersion\\Data\\Definitions\\*\\definfo.dat",
        pattern: "CurDefs=(\\d{8})\\.\\d+",
        format: "local",
        confidence: "vendor-record",
      },
    ],
  },
];
