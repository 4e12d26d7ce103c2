// SPDX-License-Identifier: Apache-2.0
/* A conversation over time: an arrow for each packet between the lines of its two ends. */
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useId, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, classes } from '@/ui'
import { pageOf, rowByKey } from '@/ui/listKeys'
import { endName } from '../names'
import type { Conversation } from '../types'
import { longGap, rungsOf, type Rung } from './ladder'
import styles from './packets.module.css'
import { packetTexts } from './texts'
import type { PacketRow } from './types'

const rowHeight = 40

function endsOf(row: PacketRow | undefined, conversation: Conversation | undefined): [string, string] {
  if (conversation !== undefined)
    return [
      endName(conversation.address_a, conversation.port_a),
      endName(conversation.address_b, conversation.port_b),
    ]
  const ports = row?.conversation
  const ends: [string, string] = [
    endName(row?.source ?? '', ports?.source_port ?? 0),
    endName(row?.destination ?? '', ports?.destination_port ?? 0),
  ]
  return ports?.from === 'b' ? [ends[1], ends[0]] : ends
}

function toneOf(row: PacketRow): string | undefined {
  if (row.tcp?.flags.includes('RST') === true) return 'reset'
  if (row.tcp != null && row.tcp.events.length > 0) return 'event'
  return row.tcp?.flags.some((flag) => flag === 'SYN' || flag === 'FIN') === true ? 'edge' : undefined
}

function Arrow({ from }: { from: 'a' | 'b' }) {
  return (
    <span className={styles.arrow} data-from={from}>
      <svg preserveAspectRatio="none" viewBox="0 0 100 2" aria-hidden>
        <line x1="0" y1="1" x2="100" y2="1" />
      </svg>
      <svg className={styles.tip} viewBox="0 0 8 8" aria-hidden>
        <path d={from === 'a' ? 'M0 0 L8 4 L0 8 Z' : 'M8 0 L0 4 L8 8 Z'} />
      </svg>
    </span>
  )
}

function RungView({ rung }: { rung: Rung }) {
  const t = useTexts(packetTexts)
  const format = useFormat()
  const { row } = rung
  return (
    <>
      <span className={styles.rungTime}>
        <span>{rung.at.toFixed(6)}</span>
        <span className={classes(styles.gap, rung.gap >= longGap && styles.longGap)}>
          {rung.gap > 0 && t.after(format.seconds(rung.gap))}
        </span>
      </span>
      <span className={styles.rungBody}>
        <span className={styles.rungLabel} data-from={rung.from} lang="en" title={row.info}>
          {row.tcp?.events.map((event) => (
            <Badge key={event} tone="warning">
              {event}
            </Badge>
          ))}
          {rung.label}
        </span>
        <Arrow from={rung.from} />
      </span>
      <span className={styles.rungNumber}>{format.number(row.number)}</span>
    </>
  )
}

export function Ladder({
  label,
  rows,
  conversation,
  packet,
  height,
  onOpen,
}: {
  label: string
  rows: PacketRow[]
  conversation: Conversation | undefined
  packet: number | null
  height: number
  onOpen: (number: number) => void
}) {
  const t = useTexts(packetTexts)
  const id = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const rungs = useMemo(() => rungsOf(rows), [rows])
  const selected = packet === null ? -1 : rows.findIndex(({ number }) => number === packet)
  const [moved, setMoved] = useState<number | null>(null)
  const at = moved ?? selected
  const [a, b] = endsOf(rows[0], conversation)
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualiser is not passed on
  const virtual = useVirtualizer({
    count: rungs.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 8,
    initialRect: { width: 800, height: 400 },
  })
  useEffect(() => {
    if (selected >= 0) virtual.scrollToIndex(selected)
  }, [selected, virtual])
  const open = (index: number) => {
    const row = rows[index]
    setMoved(null)
    if (row !== undefined) onOpen(row.number)
  }
  const press = (event: KeyboardEvent) => {
    const next = rowByKey(event.key, at, rungs.length, pageOf(scroller.current, rowHeight))
    if (next !== null) {
      event.preventDefault()
      setMoved(next)
      virtual.scrollToIndex(next)
    } else if (event.key === 'Enter' && at >= 0) {
      open(at)
    }
  }
  return (
    <div className={styles.ladder}>
      <div className={styles.ends} aria-hidden>
        <span>{t.time}</span>
        <span className={styles.endNames}>
          <code>{a}</code>
          <code>{b}</code>
        </span>
        <span className={styles.rungNumber}>{t.number}</span>
      </div>
      <div
        ref={scroller}
        role="listbox"
        tabIndex={0}
        className={styles.rungs}
        style={{ height: Math.min(height, rungs.length * rowHeight + 2) }}
        aria-label={label}
        aria-activedescendant={at >= 0 ? `${id}${at}` : undefined}
        onKeyDown={press}
      >
        <div className={styles.listBody} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const rung = rungs[item.index]
            if (rung === undefined) return null
            return (
              // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the list has the focus and the keys
              <div
                key={item.index}
                id={`${id}${item.index}`}
                role="option"
                aria-selected={item.index === at}
                aria-setsize={rungs.length}
                aria-posinset={item.index + 1}
                data-tone={toneOf(rung.row)}
                className={styles.rung}
                style={{ transform: `translateY(${item.start}px)` }}
                onClick={() => open(item.index)}
              >
                <RungView rung={rung} />
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}
