// SPDX-License-Identifier: Apache-2.0
/* The fields of a conversation that a filter can ask for, with Wireshark's names where it has them. */
import { tcpEvents, type Conversation, type ConversationTcp } from '../types'

export type Kind = 'number' | 'seconds' | 'bytes' | 'address' | 'text' | 'flag'

export interface Field {
  name: string
  kind: Kind
  /** Other names of the same field. */
  also: string[]
  /** All values that the conversation has; none if the field does not exist for it. */
  of: (row: Conversation) => (number | string)[]
  /** For the value of text fields: what they can be. */
  values?: readonly string[]
}

const both = (row: Conversation) => [row.address_a, row.address_b]
const isFour = (address: string) => !address.includes(':')

function ofTcp(value: (tcp: ConversationTcp, row: Conversation) => number | string | undefined) {
  return (row: Conversation) => {
    const found = row.tcp === undefined ? undefined : value(row.tcp, row)
    return found === undefined ? [] : [found]
  }
}

function portsOf(transport: string) {
  return (row: Conversation) => (row.transport === transport ? [row.port_a, row.port_b] : [])
}

function field(
  name: string,
  kind: Kind,
  of: Field['of'],
  also: string[] = [],
  values?: readonly string[],
): Field {
  return { name, kind, of, also, ...(values === undefined ? {} : { values }) }
}

function flag(name: string, holds: (row: Conversation) => boolean): Field {
  return field(name, 'flag', (row) => (holds(row) ? [1] : []))
}

const sideOf = (side: 'a' | 'b', row: Conversation) => (side === 'a' ? row.address_a : row.address_b)

export const fields: Field[] = [
  field('ip', 'address', both, ['ip.addr', 'ipv6.addr', 'addr']),
  field('ip.src', 'address', (row) => [row.address_a], ['ipv6.src', 'src']),
  field('ip.dst', 'address', (row) => [row.address_b], ['ipv6.dst', 'dst']),
  field('host', 'text', both, ['ip.host', 'ipv6.host']),
  field('port', 'number', (row) => [row.port_a, row.port_b]),
  field('srcport', 'number', (row) => [row.port_a]),
  field('dstport', 'number', (row) => [row.port_b]),
  field('tcp.port', 'number', portsOf('tcp')),
  field('udp.port', 'number', portsOf('udp')),
  field('sctp.port', 'number', portsOf('sctp')),
  field('transport', 'text', (row) => [row.transport], [], ['tcp', 'udp', 'sctp']),
  flag('tcp', (row) => row.transport === 'tcp'),
  flag('udp', (row) => row.transport === 'udp'),
  flag('sctp', (row) => row.transport === 'sctp'),
  flag('ipv4', (row) => isFour(row.address_a)),
  flag('ipv6', (row) => !isFour(row.address_a)),
  field('stream', 'number', (row) => [row.stream]),
  field('tcp.stream', 'number', (row) => (row.transport === 'tcp' ? [row.stream] : [])),
  field('udp.stream', 'number', (row) => (row.transport === 'udp' ? [row.stream] : [])),
  field('packets', 'number', (row) => [row.packets_a_to_b + row.packets_b_to_a]),
  field('packets.sent', 'number', (row) => [row.packets_a_to_b]),
  field('packets.received', 'number', (row) => [row.packets_b_to_a]),
  field('bytes', 'bytes', (row) => [row.bytes_a_to_b + row.bytes_b_to_a]),
  field('bytes.sent', 'bytes', (row) => [row.bytes_a_to_b]),
  field('bytes.received', 'bytes', (row) => [row.bytes_b_to_a]),
  field('start', 'seconds', (row) => [row.start_s]),
  field('end', 'seconds', (row) => [row.start_s + row.duration_s]),
  field('duration', 'seconds', (row) => [row.duration_s]),
  field(
    'tcp.rtt',
    'seconds',
    ofTcp((tcp) => tcp.initial_rtt_s),
    ['rtt', 'tcp.analysis.initial_rtt'],
  ),
  field(
    'tcp.ack_rtt',
    'seconds',
    ofTcp((tcp) => tcp.ack_rtt?.average_s),
    ['ack_rtt'],
  ),
  field(
    'tcp.ack_rtt.max',
    'seconds',
    ofTcp((tcp) => tcp.ack_rtt?.max_s),
  ),
  ...tcpEvents.map((event) =>
    field(
      `tcp.${event}`,
      'number',
      ofTcp((tcp) => tcp[event] ?? 0),
      [`tcp.analysis.${event}`],
    ),
  ),
]

/** Fields that only newer analyses have: shown and suggested when the capture has them. */
export const closingFields: Field[] = [
  field(
    'tcp.state',
    'text',
    ofTcp((tcp) => tcp.state),
    ['state'],
    ['unanswered', 'refused', 'half_open', 'open', 'closing', 'closed', 'reset'],
  ),
  field(
    'tcp.resets',
    'number',
    ofTcp((tcp) => tcp.resets ?? (tcp.state === undefined ? undefined : 0)),
    ['resets'],
  ),
  field(
    'tcp.client',
    'address',
    ofTcp((tcp, row) => tcp.client && sideOf(tcp.client, row)),
    ['client'],
  ),
  field(
    'tcp.closed_by',
    'address',
    ofTcp((tcp, row) => tcp.closed_by && sideOf(tcp.closed_by, row)),
    ['closed_by'],
  ),
  field(
    'tcp.server_rtt',
    'seconds',
    ofTcp((tcp) => tcp.server_rtt_s),
  ),
  field(
    'tcp.client_rtt',
    'seconds',
    ofTcp((tcp) => tcp.client_rtt_s),
  ),
  field(
    'tcp.first_byte',
    'seconds',
    ofTcp((tcp) => tcp.first_byte?.average_s),
    ['first_byte'],
  ),
  field(
    'tcp.first_byte.max',
    'seconds',
    ofTcp((tcp) => tcp.first_byte?.max_s),
  ),
]

const byName = new Map<string, Field>()
for (const known of [...fields, ...closingFields])
  for (const name of [known.name, ...known.also]) byName.set(name, known)

export function findField(name: string): Field | undefined {
  return byName.get(name.toLowerCase())
}

export function nearestField(name: string): string | undefined {
  const wanted = name.toLowerCase()
  const names = [...byName.keys()]
  return (
    names.find((known) => known.endsWith(`.${wanted}`) || known.startsWith(wanted)) ??
    names.find((known) => distance(known, wanted) <= 2)
  )
}

/** The number of letters to insert, leave out or exchange (Levenshtein). */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const line = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      line.push(Math.min(same, (above[j] ?? 0) + 1, (line[j - 1] ?? 0) + 1))
    }
    above = line
  }
  return above[b.length] ?? 0
}
