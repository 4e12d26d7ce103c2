// SPDX-License-Identifier: Apache-2.0
/* The bytes of a packet. Bytes of what is chosen are marked; a byte that is clicked chooses its field. */
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useId, useRef, useState, type KeyboardEvent } from 'react'
import { classes } from '@/ui'
import { contains, hexOf, printed } from './bytes'
import styles from './packets.module.css'
import type { Span } from './types'

const rowHeight = 20

function Row({
  bytes,
  from,
  perRow,
  mark,
  cursor,
  id,
}: {
  bytes: Uint8Array
  from: number
  perRow: number
  mark: Span | null
  cursor: number | null
  id: string
}) {
  const columns = Array.from({ length: perRow }, (_, i) => from + i)
  const style = (at: number) => classes(contains(mark, at) && styles.marked, at === cursor && styles.cursor)
  return (
    <>
      <span className={styles.offset} role="rowheader">
        {from.toString(16).padStart(4, '0')}
      </span>
      <span className={styles.hex}>
        {columns.map((at) => (
          <span
            key={at}
            id={`${id}${at}`}
            role="gridcell"
            aria-selected={contains(mark, at)}
            data-at={at < bytes.length ? at : undefined}
            className={style(at)}
          >
            {at < bytes.length ? hexOf(bytes[at] ?? 0) : ''}
          </span>
        ))}
      </span>
      <span className={styles.ascii} aria-hidden>
        {columns.map((at) => (
          <span key={at} data-at={at < bytes.length ? at : undefined} className={style(at)}>
            {at < bytes.length ? printed(bytes[at] ?? 0) : ''}
          </span>
        ))}
      </span>
    </>
  )
}

export function HexView({
  bytes,
  mark,
  label,
  perRow,
  onSelect,
  onHover,
}: {
  bytes: Uint8Array
  mark: Span | null
  label: string
  perRow: number
  onSelect: (at: number) => void
  onHover: (at: number | null) => void
}) {
  const id = useId()
  const scroller = useRef<HTMLDivElement>(null)
  const [cursor, setCursor] = useState<number | null>(null)
  const rows = Math.ceil(bytes.length / perRow)
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualiser is not passed on
  const virtual = useVirtualizer({
    count: rows,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 10,
    initialRect: { width: 600, height: 400 },
  })
  const markRow = mark === null ? null : Math.floor(mark.offset / perRow)
  useEffect(() => {
    if (markRow !== null) virtual.scrollToIndex(markRow)
  }, [markRow, virtual])

  const byteOf = (target: EventTarget): number | null => {
    const at = target instanceof HTMLElement ? target.dataset.at : undefined
    return at === undefined ? null : Number(at)
  }
  const press = (event: KeyboardEvent) => {
    const now = cursor ?? mark?.offset ?? 0
    const moves: Record<string, number> = {
      ArrowRight: now + 1,
      ArrowLeft: now - 1,
      ArrowDown: now + perRow,
      ArrowUp: now - perRow,
      Home: 0,
      End: bytes.length - 1,
    }
    const target = moves[event.key]
    if (target === undefined) return
    event.preventDefault()
    const next = Math.max(0, Math.min(bytes.length - 1, target))
    setCursor(next)
    onSelect(next)
  }
  return (
    <div
      ref={scroller}
      role="grid"
      tabIndex={0}
      className={styles.bytes}
      aria-label={label}
      aria-rowcount={rows}
      aria-activedescendant={cursor === null ? undefined : `${id}${cursor}`}
      onKeyDown={press}
      onBlur={() => setCursor(null)}
      onClick={(event) => {
        const at = byteOf(event.target)
        if (at === null) return
        setCursor(at)
        onSelect(at)
      }}
      onPointerMove={(event) => onHover(byteOf(event.target))}
      onPointerLeave={() => onHover(null)}
    >
      <div role="rowgroup" className={styles.bytesBody} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.index}
            role="row"
            aria-rowindex={item.index + 1}
            className={styles.bytesRow}
            style={{ transform: `translateY(${item.start}px)` }}
          >
            <Row
              bytes={bytes}
              from={item.index * perRow}
              perRow={perRow}
              mark={mark}
              cursor={cursor}
              id={id}
            />
          </div>
        ))}
      </div>
    </div>
  )
}
