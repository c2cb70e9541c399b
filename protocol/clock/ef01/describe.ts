/** What bytes on an EF01 module's line mean, in words. Passwords, images and templates are not shown. */
import { describeStream, type FrameWords, field, hex } from "../describe-stream.ts";
import type { Description } from "../tcb/describe.ts";
import type { Words } from "../tcb/words.ts";
import { COMMANDS, CONFIRMATION, type CommandName, type Confirmation, confirmationOf } from "./commands.ts";
import { EF01_FORMAT, type Ef01Packet } from "./packet.ts";

const COMMAND_WORDS: Record<CommandName, Words> = {
  capture: { zh: "采集图像", en: "capture" },
  toFeatures: { zh: "生成特征", en: "image to features" },
  search: { zh: "搜索", en: "search" },
  buildTemplate: { zh: "合成模板", en: "build template" },
  store: { zh: "存储模板", en: "store template" },
  remove: { zh: "删除模板", en: "delete" },
  empty: { zh: "清空指纹库", en: "empty the library" },
  setParameter: { zh: "设置参数", en: "set parameter" },
  readParameters: { zh: "读取参数", en: "read parameters" },
  verifyPassword: { zh: "验证密码", en: "verify password" },
  count: { zh: "模板数", en: "count" },
  readIndex: { zh: "读取索引", en: "read index" },
  light: { zh: "灯光", en: "light" },
  handshake: { zh: "握手", en: "handshake" },
};

const CONFIRMATION_WORDS: Record<Confirmation, Words> = {
  ok: { zh: "成功", en: "done" },
  receiveError: { zh: "接收错误", en: "not understood" },
  noFinger: { zh: "没有手指", en: "no finger" },
  imageFailed: { zh: "采集失败", en: "image failed" },
  tooMessy: { zh: "图像太乱", en: "image too messy" },
  tooFewPoints: { zh: "特征点太少", en: "too few points" },
  noMatch: { zh: "不匹配", en: "no match" },
  notFound: { zh: "没有找到", en: "not found" },
  combineFailed: { zh: "合成失败", en: "looks differ" },
  badLocation: { zh: "位置超出范围", en: "no such page" },
  wrongPassword: { zh: "密码错误", en: "wrong password" },
  flashError: { zh: "存储错误", en: "flash error" },
  badAddress: { zh: "地址错误", en: "wrong address" },
  passwordNeeded: { zh: "需要密码", en: "password needed" },
  libraryEmpty: { zh: "指纹库为空", en: "library empty" },
  timeout: { zh: "超时", en: "timeout" },
  unsupported: { zh: "不支持", en: "unsupported" },
};

const UNKNOWN_COMMAND: Words = { zh: "未知命令", en: "unknown command" };
const UNKNOWN_CODE: Words = { zh: "未知应答", en: "unknown answer" };
const BIOMETRIC: Words = { zh: "生物特征数据（不显示）", en: "biometric data (not shown)" };
/** What follows the code of these says where and how much, and nothing of a finger. */
const SHOWN: readonly number[] = [
  COMMANDS.toFeatures,
  COMMANDS.search,
  COMMANDS.store,
  COMMANDS.remove,
  COMMANDS.light,
];

export function describeBytes(bytes: Uint8Array): Description[] {
  return describeStream(EF01_FORMAT, bytes, describePacket);
}

function describePacket({ type, address, content }: Ef01Packet): FrameWords {
  const fields = [field("address", "地址", "address", hex(address, 8))];
  if (type === "data" || type === "lastData") return { title: BIOMETRIC, fields };
  const [code = 0, ...data] = content;
  fields.push(field("code", "代码", "code", hex(code, 2)));
  // An acknowledgement of two or four bytes is a count, or a page and a score.
  const shows = type === "command" ? SHOWN.includes(code) : data.length <= 4 && code === CONFIRMATION.ok;
  if (shows && data.length > 0) fields.push(field("data", "数据", "data", Buffer.from(data).toString("hex")));
  return { title: type === "command" ? commandWords(code) : answerWords(code), fields };
}

function commandWords(code: number): Words {
  const name = (Object.keys(COMMANDS) as CommandName[]).find((other) => COMMANDS[other] === code);
  return name ? COMMAND_WORDS[name] : UNKNOWN_COMMAND;
}

function answerWords(code: number): Words {
  const name = confirmationOf(code);
  return name ? CONFIRMATION_WORDS[name] : UNKNOWN_CODE;
}
