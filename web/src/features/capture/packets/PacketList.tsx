// SPDX-License-Identifier: Apache-2.0
/*
 * A list of packets of any length. Rows come when they are in sight; arrows, page keys, Home and End
 * move the choice, and a packet is opened once the keys rest, by Enter or by a click.
 */
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useRef, useState, type KeyboardEvent } from 'react'
import { useNarrow } from '@/ui/useNarrow'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, classes } from '@/ui'
import { pageOf, rowByKey } from '@/ui/listKeys'
import styles from './packets.module.css'
import { packetTexts } from './texts'
import type { PacketRow } from './types'

const restMs = 180
const headHeight = 26

export interface Sight {
  first: number
  last: number
}

function toneOf(row: PacketRow): 'reset' | 'event' | undefined {
  if (row.tcp?.flags.includes('RST') === true) return 'reset'
  return row.tcp != null && row.tcp.events.length > 0 ? 'event' : undefined
}

function Cells({ row }: { row: PacketRow }) {
  return (
    <>
      <div role="gridcell" className={styles.endCell} title={row.source}>
        {row.source}
      </div>
      <div role="gridcell" className={styles.endCell} title={row.destination}>
        {row.destination}
      </div>
      <div role="gridcell">
        <code>{row.protocol}</code>
      </div>
      <div role="gridcell" className="number">
        {row.length}
      </div>
      <div role="gridcell" className={styles.info} title={row.info} lang="en">
        {row.tcp?.events.map((event) => (
          <Badge key={event} tone="warning">
            {event}
          </Badge>
        ))}
        {row.info}
      </div>
    </>
  )
}

function Head() {
  const t = useTexts(packetTexts)
  const labels = [t.number, t.time, t.source, t.destination, t.protocol, t.length, t.info]
  return (
    <div role="row" aria-rowindex={1} className={classes(styles.row, styles.head)}>
      {labels.map((label, i) => (
        <div key={label} role="columnheader" className={i === 5 || i < 2 ? 'number' : undefined}>
          {label}
        </div>
      ))}
    </div>
  )
}

export function PacketList({
  label,
  count,
  rowAt,
  numberAt,
  selected,
  height,
  onSight,
  onOpen,
}: {
  label: string
  count: number
  rowAt: (index: number) => PacketRow | undefined
  /** The number of the packet there, also before its row has come; undefined: not known yet. */
  numberAt: (index: number) => number | undefined
  /** The index of the chosen packet, or -1. */
  selected: number
  height: number
  onSight: (sight: Sight) => void
  onOpen: (number: number) => void
}) {
  const t = useTexts(packetTexts)
  const format = useFormat()
  const isNarrow = useNarrow()
  const rowHeight = isNarrow ? 66 : 24
  const scroller = useRef<HTMLDivElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  const [moved, setMoved] = useState<number | null>(null)
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualiser is not passed on
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
    initialRect: { width: 800, height: 400 },
    initialOffset: Math.max(0, selected * rowHeight - height / 2),
    // What the heads of the columns cover.
    scrollPaddingEnd: isNarrow ? 0 : headHeight,
  })
  const items = virtual.getVirtualItems()
  const first = items[0]?.index ?? 0
  const last = items.at(-1)?.index ?? 0
  const at = moved ?? selected
  // Rows that only fly past are not asked for.
  const { isScrolling } = virtual
  useEffect(() => {
    if (!isScrolling) onSight({ first, last })
  }, [isScrolling, first, last, onSight])
  useEffect(() => virtual.measure(), [rowHeight, virtual])
  useEffect(() => {
    if (selected >= 0) virtual.scrollToIndex(selected, { align: 'auto' })
  }, [selected, virtual])
  useEffect(() => () => clearTimeout(timer.current), [])

  const open = (index: number) => {
    clearTimeout(timer.current)
    const number = numberAt(index)
    if (number !== undefined) onOpen(number)
    setMoved(null)
  }
  const press = (event: KeyboardEvent) => {
    const next = rowByKey(event.key, at, count, pageOf(scroller.current, rowHeight))
    if (next !== null) {
      event.preventDefault()
      setMoved(next)
      virtual.scrollToIndex(next)
      clearTimeout(timer.current)
      timer.current = setTimeout(() => open(next), restMs)
    } else if (event.key === 'Enter' && at >= 0) {
      open(at)
    }
  }
  return (
    <div
      ref={scroller}
      role="grid"
      tabIndex={0}
      className={styles.list}
      style={{ height }}
      aria-label={label}
      aria-rowcount={count + 1}
      aria-activedescendant={at >= 0 ? `packet-${at}` : undefined}
      onKeyDown={press}
    >
      <Head />
      <div role="rowgroup" className={styles.listBody} style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rowAt(item.index)
          const number = numberAt(item.index)
          return (
            // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the grid has the focus and the keys
            <div
              key={item.index}
              id={`packet-${item.index}`}
              role="row"
              aria-rowindex={item.index + 2}
              aria-selected={item.index === at}
              data-tone={row === undefined ? undefined : toneOf(row)}
              className={classes(styles.row, styles.packetRow)}
              style={{ height: rowHeight, transform: `translateY(${item.start}px)` }}
              onClick={() => open(item.index)}
            >
              <div role="gridcell" className="number">
                {number === undefined ? '' : format.number(number)}
              </div>
              <div role="gridcell" className="number" title={row?.time ?? undefined}>
                {row?.relative_s?.toFixed(6) ?? ''}
              </div>
              {row === undefined ? (
                <div role="gridcell" className="muted">
                  {t.loading}
                </div>
              ) : (
                <Cells row={row} />
              )}
            </div>
          )
        })}
      </div>
    </div>
  )
}
