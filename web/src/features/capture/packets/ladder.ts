// SPDX-License-Identifier: Apache-2.0
/* What the ladder diagram says of each packet. */
import type { PacketRow } from './types'

export interface Rung {
  row: PacketRow
  from: 'a' | 'b'
  /** Seconds since the first packet of the conversation, and since the packet before. */
  at: number
  gap: number
  label: string
}

/** A second or more between two packets is a wait that one wants to see. */
export const longGap = 1

function labelOf(row: PacketRow): string {
  const { tcp } = row
  if (tcp == null) return row.info === '' ? row.protocol : `${row.protocol} ${row.info}`
  const numbers = [
    ...(tcp.relative_seq == null ? [] : [`seq ${tcp.relative_seq}`]),
    ...(tcp.relative_ack == null ? [] : [`ack ${tcp.relative_ack}`]),
    ...(tcp.length > 0 ? [`len ${tcp.length}`] : []),
    ...(tcp.window === 0 ? ['win 0'] : []),
  ]
  const name = row.protocol === 'tcp' ? [] : [`${row.protocol}: ${row.info}`]
  return [`[${tcp.flags.join(', ')}]`, ...numbers, ...name].join(' ')
}

/** The first packet is from side a, whatever the analysis knows of the conversation. */
export function rungsOf(rows: PacketRow[]): Rung[] {
  const start = rows[0]?.relative_s ?? 0
  return rows.map((row, i) => {
    const now = row.relative_s ?? 0
    return {
      row,
      from: row.conversation?.from ?? 'a',
      at: now - start,
      gap: i === 0 ? 0 : now - (rows[i - 1]?.relative_s ?? now),
      label: labelOf(row),
    }
  })
}
