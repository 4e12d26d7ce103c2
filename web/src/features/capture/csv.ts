// SPDX-License-Identifier: Apache-2.0
/* Conversations as a table for other programs (RFC 4180). */
import { tcpEvents, type Conversation } from './types'

const plain = [
  'transport',
  'stream',
  'address_a',
  'port_a',
  'address_b',
  'port_b',
  'packets_a_to_b',
  'bytes_a_to_b',
  'packets_b_to_a',
  'bytes_b_to_a',
  'start_s',
  'duration_s',
] as const
const ofTcp = ['initial_rtt_s', 'state', 'resets', 'closed_by', ...tcpEvents] as const

export function conversationsAsCsv(rows: Conversation[]): string {
  const lines = rows.map((row) =>
    [...plain.map((name) => row[name]), ...ofTcp.map((name) => row.tcp?.[name] ?? '')].join(','),
  )
  return [[...plain, ...ofTcp].join(','), ...lines, ''].join('\r\n')
}

export function saveText(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
