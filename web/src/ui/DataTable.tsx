// SPDX-License-Identifier: Apache-2.0
/*
 * A table of any length: only the rows in sight are in the document. It sorts by the columns that
 * have a `sort`, is moved through by arrows, Home, End and the page keys, and opens a row by Enter.
 */
import { useVirtualizer } from '@tanstack/react-virtual'
import { useId, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import { classes } from '.'
import { pageOf, rowByKey } from './listKeys'
import styles from './ui.module.css'

export interface Column<Row> {
  key: string
  label: string
  /** A track of a CSS grid: '8rem', 'minmax(10rem, 2fr)', … */
  width: string
  cell: (row: Row) => ReactNode
  sort?: (row: Row) => number | string
  numeric?: boolean
}

interface DataTableProps<Row> {
  rows: Row[]
  columns: Column<Row>[]
  rowKey: (row: Row) => string
  /** The name of the table for screen readers. */
  label: string
  onOpen?: (row: Row) => void
  selected?: (row: Row) => boolean
  /** The height of the whole: a number of pixels, or '100%' of a parent that has one. */
  height?: number | string
  initialSort?: { key: string; descending: boolean }
}

const rowHeight = 28

export function DataTable<Row>({
  rows,
  columns,
  rowKey,
  label,
  onOpen,
  selected,
  height,
  initialSort,
}: DataTableProps<Row>) {
  const scroller = useRef<HTMLDivElement>(null)
  const [sort, setSort] = useState(initialSort)
  const [at, setAt] = useState(0)
  const sorted = useMemo(() => {
    const by = columns.find((column) => column.key === sort?.key)?.sort
    if (by === undefined || sort === undefined) return rows
    const direction = sort.descending ? -1 : 1
    return [...rows].sort((a, b) => {
      const [x, y] = [by(a), by(b)]
      return (
        (typeof x === 'string' ? x.localeCompare(String(y), undefined, { numeric: true }) : x - Number(y)) *
        direction
      )
    })
  }, [rows, columns, sort])
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualiser is not passed on
  const virtual = useVirtualizer({
    count: sorted.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
    initialRect: { width: 800, height: 600 },
  })
  const template = { gridTemplateColumns: columns.map((column) => column.width).join(' ') }
  const current = Math.min(at, sorted.length - 1)
  const id = useId()

  const move = (event: KeyboardEvent) => {
    const next = rowByKey(event.key, current, sorted.length, pageOf(scroller.current, rowHeight))
    if (next !== null && event.target === scroller.current) {
      event.preventDefault()
      setAt(next)
      virtual.scrollToIndex(next)
    } else if (event.key === 'Enter' && event.target === scroller.current) {
      const row = sorted[current]
      if (row !== undefined) onOpen?.(row)
    }
  }
  return (
    <div
      ref={scroller}
      className={styles.scroll}
      style={{ height: height ?? Math.min(640, (sorted.length + 1) * rowHeight + 18) }}
      role="grid"
      aria-label={label}
      aria-rowcount={sorted.length + 1}
      aria-activedescendant={onOpen !== undefined && sorted.length > 0 ? `${id}${current}` : undefined}
      tabIndex={0}
      onKeyDown={move}
    >
      <div className={styles.table}>
        <div
          role="row"
          aria-rowindex={1}
          className={classes(styles.tableRow, styles.tableHead)}
          style={template}
        >
          {columns.map((column) => (
            <div
              key={column.key}
              role="columnheader"
              className={column.numeric === true ? 'number' : undefined}
              aria-sort={sort?.key !== column.key ? undefined : sort.descending ? 'descending' : 'ascending'}
            >
              {column.sort === undefined ? (
                column.label
              ) : (
                <button
                  type="button"
                  className={styles.sort}
                  onClick={() =>
                    setSort({ key: column.key, descending: sort?.key === column.key && !sort.descending })
                  }
                >
                  {column.label}
                  {sort?.key === column.key && (sort.descending ? ' ↓' : ' ↑')}
                </button>
              )}
            </div>
          ))}
        </div>
        <div role="rowgroup" className={styles.tableBody} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = sorted[item.index] as Row
            return (
              // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/interactive-supports-focus -- the grid has the focus and the keys
              <div
                key={rowKey(row)}
                id={`${id}${item.index}`}
                role="row"
                aria-rowindex={item.index + 2}
                aria-selected={selected?.(row)}
                data-selected={selected?.(row) ?? (onOpen !== undefined && item.index === current)}
                className={classes(styles.tableRow, onOpen !== undefined && styles.clickable)}
                style={{ ...template, transform: `translateY(${item.start}px)` }}
                onClick={() => {
                  setAt(item.index)
                  onOpen?.(row)
                }}
              >
                {columns.map((column) => (
                  <div
                    key={column.key}
                    role="gridcell"
                    className={column.numeric === true ? 'number' : undefined}
                  >
                    {column.cell(row)}
                  </div>
                ))}
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}
