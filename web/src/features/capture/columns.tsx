// SPDX-License-Identifier: Apache-2.0
/* The columns of the conversations: those of TCP when there is TCP, those of states when there are. */
import { useMemo, type ReactNode } from 'react'
import { useTexts } from '@/i18n'
import { useFormat, type Format } from '@/i18n/format'
import { Badge, type Column, type Tone } from '@/ui'
import styles from './capture.module.css'
import { conversationKey, hasStates } from './places'
import { captureTexts } from './texts'
import type { CaptureResult, Conversation, Finding, Side, TcpEvent, TcpState } from './types'

type Columns = Column<Conversation>[]
type Texts = (typeof captureTexts)['en']

const tones: Record<TcpState, Tone> = {
  unanswered: 'warning',
  refused: 'warning',
  half_open: 'warning',
  open: 'plain',
  closing: 'plain',
  closed: 'good',
  reset: 'warning',
}

export function StateBadge({ state }: { state: TcpState }) {
  const t = useTexts(captureTexts)
  return <Badge tone={tones[state]}>{t[`state_${state}`]}</Badge>
}

export function sideName(row: Conversation, side: Side): string {
  return side === 'a' ? row.address_a : row.address_b
}

/** A number column of which 0 is empty, and what is there stands out. */
function count(
  key: string,
  label: string,
  width: string,
  value: (row: Conversation) => number,
  format: Format,
): Columns[number] {
  return {
    key,
    label,
    width,
    numeric: true,
    cell: (row) => (value(row) > 0 ? <span className={styles.bad}>{format.number(value(row))}</span> : ''),
    sort: value,
  }
}

function number(
  key: string,
  label: string,
  width: string,
  value: (row: Conversation) => number,
  show: (value: number) => ReactNode,
): Columns[number] {
  return { key, label, width, numeric: true, cell: (row) => show(value(row)), sort: value }
}

function time(
  key: string,
  label: string,
  value: (row: Conversation) => number | undefined,
  format: Format,
): Columns[number] {
  const show = (found: number | undefined) => (found === undefined ? '' : format.seconds(found))
  return {
    key,
    label,
    width: '4.3rem',
    numeric: true,
    cell: (row) => show(value(row)),
    sort: (row) => value(row) ?? -1,
  }
}

function ends(t: Texts, format: Format, withStates: boolean): Columns {
  const seconds = new Intl.NumberFormat('en', {
    minimumFractionDigits: 3,
    maximumFractionDigits: 3,
    useGrouping: false,
  })
  return [
    {
      key: 'stream',
      label: t.stream,
      width: '4.2rem',
      cell: (row) => (
        <code>
          {row.transport} {row.stream}
        </code>
      ),
      sort: (row) => `${row.transport} ${row.stream}`,
    },
    {
      key: 'a',
      label: t.addressA,
      width: 'minmax(8rem, 1.2fr)',
      cell: (row) => <code title={row.address_a}>{row.address_a}</code>,
      sort: (row) => row.address_a,
    },
    {
      key: 'pa',
      label: t.port,
      width: '2.9rem',
      cell: (row) => <code>{row.port_a}</code>,
      sort: (row) => row.port_a,
    },
    {
      key: 'b',
      label: t.addressB,
      width: 'minmax(8rem, 1.2fr)',
      cell: (row) => <code title={row.address_b}>{row.address_b}</code>,
      sort: (row) => row.address_b,
    },
    {
      key: 'pb',
      label: t.port,
      width: '2.9rem',
      cell: (row) => <code>{row.port_b}</code>,
      sort: (row) => row.port_b,
    },
    ...(withStates ? [stateColumn(t)] : []),
    number('pab', t.packetsSent, '3.4rem', (row) => row.packets_a_to_b, format.number),
    number('bab', t.bytesSent, '4.3rem', (row) => row.bytes_a_to_b, format.bytes),
    number('pba', t.packetsReceived, '3.4rem', (row) => row.packets_b_to_a, format.number),
    number('bba', t.bytesReceived, '4.3rem', (row) => row.bytes_b_to_a, format.bytes),
    number(
      'start',
      t.start,
      '4.5rem',
      (row) => row.start_s,
      (start) => seconds.format(start),
    ),
    number('duration', t.duration, '4.3rem', (row) => row.duration_s, format.seconds),
  ]
}

function stateColumn(t: Texts): Columns[number] {
  return {
    key: 'state',
    label: t.state,
    width: '7rem',
    cell: (row) => (row.tcp?.state === undefined ? '' : <StateBadge state={row.tcp.state} />),
    sort: (row) => row.tcp?.state ?? '',
  }
}

function tcpColumns(t: Texts, format: Format, withStates: boolean): Columns {
  const events = (event: TcpEvent) => (row: Conversation) => row.tcp?.[event] ?? 0
  const states: Columns = [
    time('first', t.firstByte, (row) => row.tcp?.first_byte?.average_s, format),
    count('resets', t.resets, '3.8rem', (row) => row.tcp?.resets ?? 0, format),
    {
      key: 'closed',
      label: t.closedBy,
      width: 'minmax(7rem, 0.6fr)',
      cell: (row) =>
        row.tcp?.closed_by === undefined ? '' : <code>{sideName(row, row.tcp.closed_by)}</code>,
      sort: (row) => (row.tcp?.closed_by === undefined ? '' : sideName(row, row.tcp.closed_by)),
    },
  ]
  return [
    time('rtt', t.rtt, (row) => row.tcp?.initial_rtt_s, format),
    ...(withStates ? states.slice(0, 1) : []),
    count('retr', t.retransmissions, '2.8rem', events('retransmission'), format),
    count('ooo', t.outOfOrder, '3.6rem', events('out_of_order'), format),
    count('zero', t.zeroWindow, '4.2rem', events('zero_window'), format),
    ...(withStates ? states.slice(1) : []),
  ]
}

export function useConversationColumns(capture: CaptureResult, findings: Map<string, Finding[]>): Columns {
  const t = useTexts(captureTexts)
  const format = useFormat()
  return useMemo(
    () => [
      ...ends(t, format, hasStates(capture)),
      ...(capture.conversations.tcp > 0 ? tcpColumns(t, format, hasStates(capture)) : []),
      ...(findings.size > 0
        ? [
            count(
              'findings',
              t.findings,
              '4.6rem',
              (row) => findings.get(conversationKey(row))?.length ?? 0,
              format,
            ),
          ]
        : []),
    ],
    [t, format, capture, findings],
  )
}
