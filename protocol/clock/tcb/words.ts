/** TC_B in words, Chinese and English, for technicians who look at a line. */
import { type CommandName, STATUS } from "./commands.ts";

export interface Words {
  zh: string;
  en: string;
}

function words(zh: string, en: string): Words {
  return { zh, en };
}

export const COMMAND_WORDS: Record<CommandName, Words> = {
  identify: words("设备信息", "identify"),
  getSettings: words("读取配置 2", "get configuration 2"),
  setSettings: words("修改配置 2", "set configuration 2"),
  getTime: words("读取时钟", "get clock"),
  setTime: words("设置时钟", "set clock"),
  counts: words("记录统计", "counts"),
  page: words("下载记录", "records"),
  clear: words("清除记录或新标记", "clear records or marks"),
  capacity: words("设备容量", "capacity"),
  deviceId: words("通信设备号", "device id"),
  model: words("设备型号", "device type"),
  serial: words("序列号", "serial number"),
  push: words("实时打卡", "live punch"),
  started: words("开机通知", "start-up notice"),
  heartbeat: words("心跳", "heartbeat"),
};

export const STATUS_WORDS = new Map<number, Words>([
  [STATUS.done, words("成功", "done")],
  [STATUS.failed, words("失败", "failed")],
  [STATUS.full, words("已满", "full")],
  [STATUS.empty, words("没有数据", "empty")],
  [STATUS.noSuchUser, words("无此用户", "no such user")],
  [STATUS.timeout, words("超时", "timeout")],
  [STATUS.userExists, words("用户已存在", "user exists")],
  [STATUS.fingerExists, words("指纹已存在", "finger exists")],
  [STATUS.usbLocked, words("USB 已锁定", "USB locked")],
]);

/** Fields of decoded values by name; a field without words is shown by its name. */
export const FIELD_WORDS: Record<string, Words> = {
  device: words("设备号", "device"),
  status: words("结果", "result"),
  firmware: words("固件", "firmware"),
  password: words("通信密码", "communication password"),
  sleepMinutes: words("休眠（分）", "sleep (min)"),
  volume: words("音量", "volume"),
  language: words("语言", "language"),
  dateFormat: words("日期格式", "date format"),
  attendanceState: words("考勤状态", "attendance state"),
  languageFlag: words("语言标志", "language flag"),
  commandVersion: words("命令版本", "command version"),
  users: words("用户", "users"),
  fingerprints: words("指纹", "fingerprints"),
  passwords: words("密码", "passwords"),
  cards: words("卡", "cards"),
  records: words("记录", "records"),
  newRecords: words("新记录", "new records"),
  user: words("用户号", "user"),
  time: words("设备时间", "device time"),
  verified: words("验证方式", "verified by"),
  type: words("进出类型", "in/out type"),
  door: words("开门", "door"),
  workCode: words("工作代码", "work code"),
  from: words("起点", "from"),
  count: words("数量", "count"),
  what: words("操作", "what"),
  value: words("值", "value"),
  realTime: words("实时模式", "real-time mode"),
  lowMemoryAlarm: words("存储告警（剩余条数）", "low-memory alarm (records left)"),
  repeatPunchMinutes: words("重复打卡间隔（分）", "repeat-punch suppression (min)"),
  driftTrim: words("走时校正", "drift trim"),
};

export const SHAPE_WORDS = { request: words("请求", "request"), reply: words("回复", "reply") };

export const UNKNOWN_COMMAND = words("未知命令", "unknown command");
export const BIOMETRIC = words(
  "指纹、人脸或照片数据（不读取，不转发）",
  "fingerprint, face or photo data (never read, never relayed)",
);
export const BARE_RECORD = words("单条打卡记录（无帧）", "a record without its frame");

export const DAMAGE = {
  noise: () => words("不是帧：没有起始字节 A5", "no frame: no start byte A5"),
  length: (bytes: number, most: number) =>
    words(
      `长度字段为 ${bytes} 字节，超过上限 ${most}`,
      `declares ${bytes} data bytes, more than the ${most} a frame can have`,
    ),
  truncated: (has: number, needs: number | undefined) =>
    needs === undefined
      ? words(`不完整：帧头未到齐，只有 ${has} 字节`, `cut short: ${has} bytes do not reach to the end of the header`)
      : words(`不完整：应有 ${needs} 字节，只有 ${has} 字节`, `cut short: ${has} of ${needs} bytes`),
  crc: (carried: string, computed: string) =>
    words(`校验错误：帧中为 ${carried}，应为 ${computed}`, `wrong CRC: carries ${carried}, should be ${computed}`),
  crcSwapped: () => words("校验字节高低颠倒（低字节在前）", "CRC bytes the wrong way round (the low one comes first)"),
  data: (code: string) => words(`数据不符合该命令（${code}）`, `the data is not what this command has (${code})`),
};
