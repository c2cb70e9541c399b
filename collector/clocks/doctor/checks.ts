/** What has to be in order on this computer and at each clock before clocks can be read, and what to do where it is not. */
import { CLOCKS_FILE, type ClockConfig, type ClocksFile } from "../config.ts";
import { isHidPort } from "../line/hid/address.ts";

export interface Words {
  zh: string;
  en: string;
}

export interface Finding {
  /** `udevadm`, `hid-library`, `udev-rule`, `port`, `answer`, `clocks`. */
  check: string;
  /** The clock's name, or the computer. */
  subject: string;
  ok: boolean;
  found: Words;
  /** Absent where all is well. */
  todo?: Words;
}

/** What the checks ask of the world. */
export interface DoctorDeps {
  platform: NodeJS.Platform;
  exists(path: string): Promise<boolean>;
  /** Undefined when the port can be used, else AppError's code. */
  tryPort(clock: ClockConfig): Promise<string | undefined>;
  /** What the clock says it is, or AppError's code. */
  identify(clock: ClockConfig): Promise<{ answer: string } | { code: string }>;
  /** Whether the HID library loads. */
  loadsHid(): Promise<boolean>;
}

const COMPUTER = "computer";
const RULE_NAME = "70-dianmao-hid.rules";
const RULE_PLACES = ["/etc/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d"];
const UDEVADM_PLACES = ["/usr/bin/udevadm", "/bin/udevadm", "/sbin/udevadm", "/usr/sbin/udevadm"];

/** All findings, those of the computer first. A check that makes no sense here is left out. */
export async function examine({ clocks, faults }: ClocksFile, deps: DoctorDeps): Promise<Finding[]> {
  const findings: Finding[] = faults.map(lineFinding);
  if (clocks.length === 0) return [...findings, NO_CLOCKS];
  const onLinux = deps.platform === "linux";
  const hasHid = clocks.some(({ port }) => isHidPort(port));
  if (onLinux) findings.push(await udevadm(deps));
  if (hasHid) findings.push(await hidLibrary(deps));
  if (hasHid && onLinux) findings.push(await udevRule(deps));
  for (const clock of clocks) findings.push(...(await clockFindings(clock, deps)));
  return findings;
}

function lineFinding({ item, name, message }: ClocksFile["faults"][number]): Finding {
  return {
    check: "clocks",
    subject: name ?? COMPUTER,
    ok: false,
    found: { zh: `${CLOCKS_FILE} 第 ${item} 项有误：${message}`, en: `${CLOCKS_FILE}, item ${item}: ${message}` },
    todo: { zh: "改正，或用 dianmao clock remove 移除", en: "mend it, or take it out with dianmao clock remove" },
  };
}

const NO_CLOCKS: Finding = {
  check: "clocks",
  subject: COMPUTER,
  ok: false,
  found: { zh: "没有配置考勤机", en: "no clock is configured" },
  todo: { zh: "用 dianmao clock add 添加", en: "add one with dianmao clock add" },
};

async function udevadm({ exists }: DoctorDeps): Promise<Finding> {
  const ok = await anyExists(UDEVADM_PLACES, exists);
  const base = { check: "udevadm", subject: COMPUTER, ok };
  if (ok) return { ...base, found: { zh: "udevadm 已安装", en: "udevadm is installed" } };
  return {
    ...base,
    found: { zh: "没有 udevadm，无法列出串口", en: "udevadm is missing: serial ports cannot be listed" },
    todo: { zh: "安装 udev 软件包：apt install udev", en: "install the package udev: apt install udev" },
  };
}

async function hidLibrary({ loadsHid }: DoctorDeps): Promise<Finding> {
  const ok = await loadsHid();
  const base = { check: "hid-library", subject: COMPUTER, ok };
  if (ok) return { ...base, found: { zh: "USB HID 可用", en: "USB HID can be used" } };
  return {
    ...base,
    found: { zh: "无法加载 USB HID 库", en: "the USB HID library does not load" },
    todo: {
      zh: "安装 libusb 和 libudev：apt install libusb-1.0-0 libudev1",
      en: "install libusb and libudev: apt install libusb-1.0-0 libudev1",
    },
  };
}

async function udevRule({ exists }: DoctorDeps): Promise<Finding> {
  const ok = await anyExists(
    RULE_PLACES.map((place) => `${place}/${RULE_NAME}`),
    exists,
  );
  const base = { check: "udev-rule", subject: COMPUTER, ok };
  if (ok) return { ...base, found: { zh: "udev 规则已安装", en: "the udev rule is installed" } };
  return {
    ...base,
    found: { zh: `没有 udev 规则 ${RULE_NAME}`, en: `the udev rule ${RULE_NAME} is missing` },
    todo: {
      zh: `将 collector/clocks/service/${RULE_NAME} 复制到 /etc/udev/rules.d，执行 udevadm control --reload && udevadm trigger，然后重新插拔`,
      en: `copy collector/clocks/service/${RULE_NAME} to /etc/udev/rules.d, run udevadm control --reload && udevadm trigger, and plug the bridge in again`,
    },
  };
}

async function anyExists(paths: readonly string[], exists: DoctorDeps["exists"]): Promise<boolean> {
  for (const path of paths) if (await exists(path)) return true;
  return false;
}

/** A clock is asked only where its port can be used. */
async function clockFindings(clock: ClockConfig, deps: DoctorDeps): Promise<Finding[]> {
  const code = await deps.tryPort(clock);
  const base = { check: "port", subject: clock.name, ok: code === undefined };
  if (code !== undefined) return [{ ...base, found: failureOf(clock.port, code), todo: cureOf(code) }];
  const usable = { ...base, found: { zh: `${clock.port} 可用`, en: `${clock.port} can be used` } };
  // A bare module says nothing of itself until it is set up.
  return clock.family === "ef01" ? [usable] : [usable, await answerOf(clock, deps)];
}

async function answerOf(clock: ClockConfig, deps: DoctorDeps): Promise<Finding> {
  const identified = await deps.identify(clock);
  const base = { check: "answer", subject: clock.name };
  if ("code" in identified) {
    return { ...base, ok: false, found: failureOf(clock.port, identified.code), todo: cureOf(identified.code) };
  }
  const { answer } = identified;
  return { ...base, ok: true, found: { zh: `应答：${answer}`, en: `answers: ${answer}` } };
}

function failureOf(port: string, code: string): Words {
  return { zh: `${port}：${code}`, en: `${port}: ${code}` };
}

const CURES: Record<string, Words> = {
  "line-absent": { zh: "检查是否插好、设备是否通电", en: "see that it is plugged in and has power" },
  "line-denied": {
    zh: "串口：将用户加入 dialout 组并重新登录；USB HID：安装 udev 规则后重新插拔",
    en: "serial port: add the user to the group dialout and log in again; USB HID: install the udev rule and plug it in again",
  },
  "line-open-failed": { zh: "端口可能被其他程序占用，请关闭它", en: "another program may have the port open; end it" },
  "reader-running": {
    zh: "读取程序正在使用线路；停止后再检查应答",
    en: "the reader has the lines; stop it to ask the clocks",
  },
  "clock-silent": {
    zh: "检查考勤机的设备号与波特率；dianmao clock probe 可探测波特率",
    en: "check number and rate set on the clock; dianmao clock probe finds the rate",
  },
  "hid-unavailable": { zh: "安装 libusb-1.0-0 和 libudev1", en: "install libusb-1.0-0 and libudev1" },
  "hid-ambiguous": { zh: "在端口中写明序列号", en: "put the serial number into the port's name" },
};

const ANY_CURE: Words = { zh: "检查接线、通电与设置", en: "check cabling, power and settings" };

function cureOf(code: string): Words {
  return CURES[code] ?? ANY_CURE;
}
