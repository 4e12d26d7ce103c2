// SPDX-License-Identifier: Apache-2.0
/* One conversation: what happened in it, its figures, its findings. */
import { X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { Link } from 'react-router'
import type { FileDocument } from '@/api/queries'
import { useLanguage, useTexts } from '@/i18n'
import { useFormat, type Format } from '@/i18n/format'
import { CopyButton, Facts, IconButton } from '@/ui'
import styles from './capture.module.css'
import { sideName, StateBadge } from './columns'
import { FindingRow } from './Findings'
import { fieldTexts } from './fieldTexts'
import { endName } from './names'
import { conversationKey, usePlace, wiresharkFilter } from './places'
import { story } from './story'
import { captureTexts } from './texts'
import { tcpEvents, type Conversation, type ConversationTcp, type Finding, type Times } from './types'

type Pair = [label: string, value: React.ReactNode]

function Directions({ row }: { row: Conversation }) {
  const t = useTexts(captureTexts)
  const format = useFormat()
  const line = (from: string, to: string, packets: number, bytes: number) => (
    <tr>
      <td>
        <code>{from}</code> <span aria-hidden>→</span> <code>{to}</code>
      </td>
      <td className="number">{format.number(packets)}</td>
      <td className="number">{format.bytes(bytes)}</td>
    </tr>
  )
  const [a, b] = [endName(row.address_a, row.port_a), endName(row.address_b, row.port_b)]
  return (
    <table className={styles.small}>
      <thead>
        <tr>
          <th scope="col">{t.direction}</th>
          <th scope="col" className="number">
            {t.packets}
          </th>
          <th scope="col" className="number">
            {t.bytes}
          </th>
        </tr>
      </thead>
      <tbody>
        {line(a, b, row.packets_a_to_b, row.bytes_a_to_b)}
        {line(b, a, row.packets_b_to_a, row.bytes_b_to_a)}
      </tbody>
    </table>
  )
}

function useTimings(row: Conversation): Pair[] {
  const t = useTexts(captureTexts)
  const format = useFormat()
  const tcp: ConversationTcp = row.tcp ?? {}
  const one = (label: string, value: number | undefined): Pair[] =>
    value === undefined ? [] : [[label, format.seconds(value)]]
  const many = (label: string, times: Times | undefined): Pair[] =>
    times === undefined
      ? []
      : [
          [
            label,
            t.timesOf(
              format.seconds(times.average_s),
              format.seconds(times.min_s),
              format.seconds(times.max_s),
              format.number(times.count),
            ),
          ],
        ]
  return [
    [t.start, `${format.number(row.start_s)} s`],
    [t.endTime, `${format.number(row.start_s + row.duration_s)} s`],
    ...one(t.duration, row.duration_s),
    ...one(t.rtt, tcp.initial_rtt_s),
    ...one(t.serverRtt, tcp.server_rtt_s),
    ...one(t.clientRtt, tcp.client_rtt_s),
    ...one(t.firstRequest, tcp.first_request_after_s),
    ...many(t.firstByte, tcp.first_byte),
    ...many(t.ackRtt, tcp.ack_rtt),
  ]
}

function useEnding(row: Conversation, format: Format): Pair[] {
  const t = useTexts(captureTexts)
  const { tcp } = row
  if (tcp?.state === undefined) return []
  return [
    [t.state, <StateBadge key="state" state={tcp.state} />],
    ...(tcp.client === undefined
      ? []
      : ([[t.client, <code key="client">{sideName(row, tcp.client)}</code>]] as Pair[])),
    ...(tcp.closed_by === undefined
      ? []
      : ([[t.closedBy, <code key="by">{sideName(row, tcp.closed_by)}</code>]] as Pair[])),
    ...(tcp.syn === undefined ? [] : ([[t.synSent, format.number(tcp.syn)]] as Pair[])),
    ...(tcp.resets === undefined ? [] : ([[t.resets, format.number(tcp.resets)]] as Pair[])),
  ]
}

function Events({ tcp }: { tcp: ConversationTcp }) {
  const t = useTexts(captureTexts)
  const about = useTexts(fieldTexts)
  const format = useFormat()
  const happened = tcpEvents.filter((event) => (tcp[event] ?? 0) > 0)
  if (happened.length === 0) return <p className="muted">{t.noEvents}</p>
  return (
    <ul className={styles.events}>
      {happened.map((event) => (
        <li key={event}>
          <span className="number">{format.number(tcp[event] ?? 0)}</span>
          <code>{event}</code>
          <span className="muted">{about[`tcp.${event}`]}</span>
        </li>
      ))}
    </ul>
  )
}

/** To the packets of the conversation, in each view of them. */
function PacketLinks({ row }: { row: Conversation }) {
  const t = useTexts(captureTexts)
  const place = usePlace()
  const to = (view: string | null) =>
    place.to({ part: 'packets', conversation: conversationKey(row), packet: null, filter: null, view })
  return (
    <p className={styles.packetLinks}>
      <Link to={to(null)}>{t.itsPackets}</Link>
      <Link to={to('ladder')}>{t.itsLadder}</Link>
      {row.transport === 'tcp' && <Link to={to('sequence')}>{t.itsSequence}</Link>}
    </p>
  )
}

export function ConversationPanel({
  file,
  row,
  findings,
  onClose,
}: {
  file: FileDocument
  row: Conversation
  findings: Finding[]
  onClose: () => void
}) {
  const t = useTexts(captureTexts)
  const { language } = useLanguage()
  const format = useFormat()
  const panel = useRef<HTMLElement>(null)
  const timings = useTimings(row)
  const ending = useEnding(row, format)
  const filter = wiresharkFilter(row)
  const title = t.conversationOf(row.transport.toUpperCase(), format.number(row.stream))
  // On a narrow screen the panel stands below the list: bring it into sight.
  useEffect(() => {
    const shown = panel.current
    if (shown !== null && shown.getBoundingClientRect().top > window.innerHeight * 0.7)
      shown.scrollIntoView({ block: 'start' })
  }, [])
  return (
    <aside ref={panel} className={styles.conversation} aria-label={title}>
      <header>
        <h2>{title}</h2>
        <IconButton label={t.closePanel} icon={<X size={16} />} onClick={onClose} />
      </header>
      <p>{story(row, captureTexts[language], format).join(' ')}</p>
      <span className={styles.code}>
        <code>{filter}</code>
        <CopyButton text={filter} label={t.copyFilter} />
      </span>
      <PacketLinks row={row} />
      <Directions row={row} />
      {ending.length > 0 && <Facts facts={ending} />}
      <h3>{t.handshakeTimes}</h3>
      <Facts facts={timings} />
      {row.tcp !== undefined && (
        <>
          <h3>{t.events}</h3>
          <Events tcp={row.tcp} />
        </>
      )}
      {findings.length > 0 && (
        <>
          <h3>{t.findings}</h3>
          <ul className={styles.panelFindings}>
            {findings.map((finding, i) => (
              <FindingRow key={i} file={file} finding={finding} withStates={false} withLink={false} />
            ))}
          </ul>
        </>
      )}
    </aside>
  )
}
