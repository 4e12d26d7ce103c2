// SPDX-License-Identifier: Apache-2.0
/* The course of a TCP connection in one direction: what was sent, sent again and acknowledged. */
import type { Side } from '../types'
import type { PacketRow } from './types'

const span = 2 ** 32
const again = new Set(['retransmission', 'fast_retransmission', 'spurious_retransmission'])

/** Sequence numbers begin anew after 2^32; the value that is nearest to the one before goes on. */
export function unwrap(before: number, value: number): number {
  const turns = Math.round((before - value) / span)
  return value + Math.max(0, turns) * span
}

export interface Course {
  /** One entry for each packet, in the order of time; null where the packet says nothing of it. */
  seconds: number[]
  packets: number[]
  sent: (number | null)[]
  again: (number | null)[]
  acked: (number | null)[]
  segments: number
  repeated: number
  highest: number
}

export function courseOf(rows: PacketRow[], side: Side): Course {
  const course: Course = {
    seconds: [],
    packets: [],
    sent: [],
    again: [],
    acked: [],
    segments: 0,
    repeated: 0,
    highest: 0,
  }
  const timed = rows
    .filter((row) => row.tcp != null && row.relative_s != null)
    .sort((x, y) => (x.relative_s ?? 0) - (y.relative_s ?? 0) || x.number - y.number)
  let sequence = 0
  let acked = 0
  for (const row of timed) {
    const { tcp } = row
    if (tcp == null) continue
    const isSender = row.conversation?.from === side
    const hasData = isSender && tcp.length > 0 && tcp.relative_seq != null
    let end: number | null = null
    let confirmed: number | null = null
    if (hasData) {
      end = unwrap(sequence, tcp.relative_seq ?? 0) + tcp.length
      sequence = Math.max(sequence, end)
    }
    if (!isSender && tcp.relative_ack != null && !tcp.flags.includes('RST')) {
      confirmed = unwrap(acked, tcp.relative_ack)
      acked = Math.max(acked, confirmed)
    }
    const isAgain = hasData && tcp.events.some((event) => again.has(event))
    course.seconds.push(row.relative_s ?? 0)
    course.packets.push(row.number)
    course.sent.push(isAgain ? null : end)
    course.again.push(isAgain ? end : null)
    course.acked.push(confirmed)
    course.segments += hasData ? 1 : 0
    course.repeated += isAgain ? 1 : 0
  }
  course.highest = sequence
  return course
}
