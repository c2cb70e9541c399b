/** What bytes of a ZK connection mean, in words. Keys and names are not shown. */
import { describeStream, type FrameWords, field, hex } from "../describe-stream.ts";
import type { DescribedField, Description } from "../tcb/describe.ts";
import type { Words } from "../tcb/words.ts";
import { decodePush, type ZkAttendance } from "./attendance.ts";
import { COMMANDS, decodeFreeSizes, EVENTS, REPLIES } from "./commands.ts";
import { ZK_FORMAT, type ZkPacket } from "./packet.ts";
import { showTime } from "./time.ts";

const WORDS = new Map<number, Words>([
  [COMMANDS.connect, { zh: "连接", en: "connect" }],
  [COMMANDS.exit, { zh: "断开", en: "exit" }],
  [COMMANDS.version, { zh: "固件版本", en: "firmware version" }],
  [COMMANDS.authenticate, { zh: "通信密码验证", en: "authenticate" }],
  [COMMANDS.getTime, { zh: "读取时钟", en: "get time" }],
  [COMMANDS.setTime, { zh: "设置时钟", en: "set time" }],
  [COMMANDS.freeSizes, { zh: "统计与容量", en: "counts and capacity" }],
  [COMMANDS.option, { zh: "读取选项", en: "ask option" }],
  [COMMANDS.attendanceLog, { zh: "考勤记录", en: "attendance log" }],
  [COMMANDS.users, { zh: "用户", en: "users" }],
  [COMMANDS.writeUser, { zh: "写入用户", en: "write user" }],
  [COMMANDS.deleteUser, { zh: "删除用户", en: "delete user" }],
  [COMMANDS.refresh, { zh: "刷新数据", en: "refresh" }],
  [COMMANDS.registerEvents, { zh: "实时事件", en: "events" }],
  [COMMANDS.prepareData, { zh: "数据准备", en: "data announced" }],
  [COMMANDS.data, { zh: "数据", en: "data" }],
  [COMMANDS.freeData, { zh: "释放数据", en: "free data" }],
  [COMMANDS.readTable, { zh: "读取数据表", en: "read table" }],
  [COMMANDS.readPiece, { zh: "读取一段", en: "read piece" }],
  [REPLIES.ok, { zh: "成功", en: "done" }],
  [REPLIES.error, { zh: "失败", en: "failed" }],
  [REPLIES.data, { zh: "数据", en: "data" }],
  [REPLIES.unauthorised, { zh: "需要通信密码", en: "communication key wanted" }],
]);
const UNKNOWN: Words = { zh: "未知命令", en: "unknown command" };

export function describeBytes(bytes: Uint8Array): Description[] {
  return describeStream(ZK_FORMAT, bytes, describePacket);
}

function describePacket(packet: ZkPacket): FrameWords {
  const { command, session, reply, data } = packet;
  const head = [
    field("command", "命令", "command", command),
    field("session", "会话", "session", hex(session, 4)),
    field("reply", "序号", "reply number", reply),
    field("length", "数据长度", "data bytes", data.length),
  ];
  return { title: WORDS.get(command) ?? UNKNOWN, fields: [...head, ...dataFields(packet)] };
}

function dataFields({ command, session, data }: ZkPacket): DescribedField[] {
  if (command === COMMANDS.registerEvents && session === EVENTS.attendance) {
    const punch = decodePush(data);
    return punch ? punchFields(punch) : [];
  }
  if (command === COMMANDS.setTime && data.length === 4) {
    return [field("time", "时间", "time", showTime(new DataView(data.buffer, data.byteOffset, 4).getUint32(0, true)))];
  }
  if (command === COMMANDS.option) return [field("name", "选项", "option", printable(data))];
  const sizes = command === REPLIES.ok ? decodeFreeSizes(data) : undefined;
  return sizes ? Object.entries(sizes).map(([name, value]) => field(name, name, name, value)) : [];
}

function punchFields({ user, deviceTime, status, punch }: ZkAttendance): DescribedField[] {
  return [
    field("user", "用户", "user", user),
    field("time", "时间", "time", deviceTime),
    field("verified", "验证方式", "verified", status),
    field("type", "打卡类型", "type", punch),
  ];
}

function printable(data: Uint8Array): string {
  return Array.from(data, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ""))
    .join("")
    .slice(0, 64);
}
