// SPDX-License-Identifier: Apache-2.0
/* What of a capture is shown stands in the address: part, filter, conversation, packet and view. */
import { useCallback } from 'react'
import { useSearchParams } from 'react-router'
import { compile } from './filter/evaluate'
import { FilterError, parseFilter, type Expression } from './filter/parse'
import { views, type View } from './packets/views'
import type { CaptureResult, Conversation, Finding } from './types'

export const parts = [
  'summary',
  'conversations',
  'packets',
  'hosts',
  'protocols',
  'names',
  'network',
] as const
export type Part = (typeof parts)[number]
type Changes = Partial<Record<'part' | 'filter' | 'conversation' | 'packet' | 'view', string | null>>

/** The search of an address with changes; null takes a name out, and the rest stays. */
export function changed(search: URLSearchParams, changes: Changes): URLSearchParams {
  const next = new URLSearchParams(search)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') next.delete(name)
    else next.set(name, value)
  }
  return next
}

export function usePlace() {
  const [search, setSearch] = useSearchParams()
  const go = useCallback(
    (changes: Changes, replace = false) =>
      setSearch((now) => changed(now, changes), { replace, preventScrollReset: true }),
    [setSearch],
  )
  const to = (changes: Changes) => `?${changed(search, changes).toString()}`
  const asked = search.get('part')
  const conversation = search.get('conversation')
  const filter = search.get('filter') ?? ''
  const asPacket = Number(search.get('packet') ?? NaN)
  const packet = Number.isInteger(asPacket) && asPacket > 0 ? asPacket : null
  const implied: Part =
    packet !== null ? 'packets' : conversation !== null || filter !== '' ? 'conversations' : 'summary'
  const view: View = views.find((known) => known === search.get('view')) ?? 'list'
  return {
    part: parts.find((known) => known === asked) ?? implied,
    filter,
    conversation,
    packet,
    view,
    go,
    to,
  }
}

/** The number alone is a TCP stream, as Wireshark counts them; others have their transport before it. */
export function conversationKey(row: Conversation): string {
  return row.transport === 'tcp' ? `${row.stream}` : `${row.transport}:${row.stream}`
}

export function findConversation(rows: Conversation[], key: string): Conversation | undefined {
  const match = /^(?:(tcp|udp|sctp):)?(\d{1,9})$/.exec(key)
  if (match === null) return undefined
  const stream = Number(match[2])
  const transports = match[1] === undefined ? ['tcp', 'udp', 'sctp'] : [match[1]]
  for (const transport of transports) {
    const found = rows.find((row) => row.transport === transport && row.stream === stream)
    if (found !== undefined) return found
  }
  return undefined
}

/** The filter that shows a conversation in Wireshark, which numbers no streams of SCTP in this way. */
export function wiresharkFilter(row: Conversation): string {
  if (row.transport !== 'sctp') return `${row.transport}.stream eq ${row.stream}`
  const family = row.address_a.includes(':') ? 'ipv6' : 'ip'
  return `${family}.addr == ${row.address_a} && ${family}.addr == ${row.address_b} && sctp.port == ${row.port_a} && sctp.port == ${row.port_b}`
}

function parsed(text: string): Expression | null {
  try {
    return parseFilter(text)
  } catch (error) {
    if (error instanceof FilterError) return null
    throw error
  }
}

/* Findings whose Wireshark filter asks for flags that a conversation does not have. */
const stateOf: Record<string, string> = {
  tcp_refused: 'refused',
  tcp_silent: 'unanswered',
  tcp_reset: 'reset',
}

/** Whether the analysis tells how far each TCP connection got. */
export function hasStates(result: CaptureResult): boolean {
  return result.conversations.rows.some((row) => row.tcp?.state !== undefined)
}

/**
 * The filter of the conversations that a finding is about: those parts of its Wireshark filter that
 * name streams, or the end of a connection. Null when it names none.
 */
export function concerned(finding: Finding, withStates: boolean): string | null {
  const named = finding.filter
    .split('&&')
    .map((part) => part.trim())
    .filter((part) => /^(tcp\.stream|tcp\.port|ip\.addr|ipv6\.addr)\b/.test(part) && parsed(part) !== null)
  if (!named.some((part) => part.startsWith('tcp.'))) return null
  const state = stateOf[finding.id]
  return [...named, ...(withStates && state !== undefined ? [`tcp.state == ${state}`] : [])].join(' && ')
}

/** The findings of each conversation, by its key. What names only a server's port names no conversation. */
export function findingsByConversation(result: CaptureResult): Map<string, Finding[]> {
  const found = new Map<string, Finding[]>()
  for (const finding of result.findings ?? []) {
    const text = concerned(finding, hasStates(result))
    const filter = text === null || !/tcp\.(stream|state)/.test(text) ? null : parsed(text)
    if (filter === null) continue
    const test = compile(filter)
    for (const row of result.conversations.rows) {
      if (!test(row)) continue
      const key = conversationKey(row)
      found.set(key, [...(found.get(key) ?? []), finding])
    }
  }
  return found
}
