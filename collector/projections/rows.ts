/** Between the PCs in memory and their rows: what is written is what is loaded again. */
import type { PowerEvent } from "../compliance/facts.ts";
import type { MachineTable, PcTable, VerdictTable } from "../store/schema.ts";
import type { Machine, Memory } from "./machine-state.ts";

/** A row of `machine` as it is read and written: `memory` has a default in the table only. */
export type MachineRow = Omit<MachineTable, "memory"> & { memory: string };

export function machineRow(machine: Machine): MachineRow {
  return {
    source_id: machine.sourceId,
    hostname: machine.hostname,
    os: machine.os,
    address: machine.address,
    seen_address: machine.seenAddress,
    presence: machine.presence,
    presence_at: machine.presenceAt,
    presence_cause: machine.presenceCause,
    last_record_at: machine.lastRecordAt,
    offset_ms: machine.offsetMs,
    parts: JSON.stringify(machine.parts),
    power: JSON.stringify(machine.power),
    memory: JSON.stringify(machine.memory),
  };
}

/** Takes over what the row says. */
export function restoreMachine(machine: Machine, row: MachineRow): void {
  Object.assign(machine, {
    hostname: row.hostname,
    os: row.os,
    address: row.address,
    seenAddress: row.seen_address,
    presence: row.presence,
    presenceAt: row.presence_at,
    presenceCause: row.presence_cause,
    lastRecordAt: row.last_record_at,
    offsetMs: row.offset_ms,
    parts: JSON.parse(row.parts) as Machine["parts"],
    power: JSON.parse(row.power) as PowerEvent[],
    memory: JSON.parse(row.memory) as Memory,
  });
}

export function pcRow({ sourceId, pc }: Machine): PcTable {
  return { source_id: sourceId, ...pc };
}

export function verdictRow({ sourceId, verdicts }: Machine, rule: string): VerdictTable[] {
  const verdict = verdicts.get(rule);
  return verdict ? [{ source_id: sourceId, rule, ...verdict }] : [];
}
