// SPDX-License-Identifier: Apache-2.0
/* The changed stanzas of two files with some lines around; beside each other where there is room. */
import { useVirtualizer } from '@tanstack/react-virtual'
import { ArrowDown, ArrowUp, Eye, EyeOff, UnfoldVertical } from 'lucide-react'
import { useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { Link } from 'react-router'
import { filePath } from '@/app/paths'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Button, IconButton } from '@/ui'
import type { FileText } from '../text/lines'
import { outlineOf, stanzaPath } from '../text/outline'
import text from '../text/text.module.css'
import { useNarrow } from '@/ui/useNarrow'
import styles from './compare.module.css'
import { rowsOf, within, type Comparison, type Pair, type Row } from './rows'
import { compareTexts } from './texts'

export interface Side {
  id: string
  text: FileText
}

interface DiffViewProps {
  a: Side
  b: Side
  comparison: Comparison
}

const context = 3

interface LineProps {
  id: string
  line: number
  text: string
  changed: [number, number] | null
}

function Line({ id, line, text: content, changed }: LineProps) {
  return (
    <>
      <Link to={filePath(id, { from: line + 1 })} className={styles.number} tabIndex={-1}>
        {line + 1}
      </Link>
      <code>
        {changed === null || changed[0] >= changed[1] ? (
          content
        ) : (
          <>
            {content.slice(0, changed[0])}
            <mark>{content.slice(...changed)}</mark>
            {content.slice(changed[1])}
          </>
        )}
      </code>
    </>
  )
}

export function DiffView({ a, b, comparison }: DiffViewProps) {
  const t = useTexts(compareTexts)
  const format = useFormat()
  const narrow = useNarrow(900)
  const scroller = useRef<HTMLDivElement>(null)
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set())
  const [all, setAll] = useState(false)
  const [hide, setHide] = useState(true)
  const [at, setAt] = useState(0)
  const hasSecrets = a.text.secrets.size + b.text.secrets.size > 0
  const linesA = (hide ? a.text.masked : null) ?? a.text.lines
  const linesB = (hide ? b.text.masked : null) ?? b.text.lines
  const rows = useMemo(
    () => rowsOf(comparison, { context, opened, all, beside: !narrow }),
    [comparison, opened, all, narrow],
  )
  const outline = useMemo(() => outlineOf(b.text.masked ?? b.text.lines), [b.text])
  const starts = useMemo(() => {
    const found: number[] = []
    for (const [index, row] of rows.entries())
      if (row.kind !== 'fold' && row.change !== null && found.length === row.change) found.push(index)
    return found
  }, [rows])
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualiser is not passed on
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 19,
    overscan: 30,
    initialRect: { width: 1000, height: 700 },
  })
  const { changes, pairs } = comparison
  const go = (change: number) => {
    const next = (change + changes.length) % changes.length
    setAt(next)
    virtual.scrollToIndex(starts[next] ?? 0, { align: 'center' })
  }
  const keys = (event: KeyboardEvent) => {
    if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === 'n') go(at + 1)
    else if (event.key === 'p') go(at - 1)
    else return
    event.preventDefault()
  }
  const pairView = (pair: Pair, changed: boolean) => {
    const [textA, textB] = [
      pair.a === null ? '' : (linesA[pair.a] ?? ''),
      pair.b === null ? '' : (linesB[pair.b] ?? ''),
    ]
    const marked = changed && pair.a !== null && pair.b !== null ? within(textA, textB) : null
    return (
      <>
        <div
          className={styles.half}
          data-change={changed ? (pair.a === null ? 'none' : 'removed') : undefined}
        >
          {pair.a !== null && <Line id={a.id} line={pair.a} text={textA} changed={marked?.[0] ?? null} />}
        </div>
        <div className={styles.half} data-change={changed ? (pair.b === null ? 'none' : 'added') : undefined}>
          {pair.b !== null && <Line id={b.id} line={pair.b} text={textB} changed={marked?.[1] ?? null} />}
        </div>
      </>
    )
  }
  const rowView = (row: Row) => {
    switch (row.kind) {
      case 'fold': {
        const first = pairs[row.to]?.b ?? null
        const stanza = first === null ? [] : stanzaPath(outline, first + 1)
        return (
          <button
            type="button"
            className={styles.fold}
            title={t.expand}
            onClick={() => setOpened(new Set([...opened, row.from]))}
          >
            <UnfoldVertical size={13} aria-hidden />
            {t.folded(format.number(row.to - row.from))}
            <span>{stanza.map(({ label }) => label).join(' › ')}</span>
          </button>
        )
      }
      case 'pair':
        if (!narrow) return pairView(row.pair, row.change !== null)
        return (
          <div className={styles.half}>
            {row.pair.b !== null && (
              <Line id={b.id} line={row.pair.b} text={linesB[row.pair.b] ?? ''} changed={null} />
            )}
          </div>
        )
      case 'one': {
        const [side, lines] = row.side === 'a' ? [a, linesA] : [b, linesB]
        return (
          <div className={styles.half} data-change={row.side === 'a' ? 'removed' : 'added'}>
            <Line id={side.id} line={row.line} text={lines[row.line] ?? ''} changed={null} />
          </div>
        )
      }
    }
  }
  return (
    // eslint-disable-next-line jsx-a11y/no-static-element-interactions -- the keys work wherever the focus is inside
    <div className={styles.diff} onKeyDown={keys}>
      <div className={text.bar}>
        <IconButton label={t.previous} icon={<ArrowUp size={15} />} onClick={() => go(at - 1)} />
        <IconButton label={t.next} icon={<ArrowDown size={15} />} onClick={() => go(at + 1)} />
        <span className={text.count}>{t.at(format.number(at + 1), format.number(changes.length))}</span>
        <span role="status">
          {t.summary(
            changes.length,
            format.number(changes.reduce((sum, { removed }) => sum + removed, 0)),
            format.number(changes.reduce((sum, { added }) => sum + added, 0)),
          )}
        </span>
        <span className={text.spacer} />
        {hasSecrets && (
          <Button
            className={text.toggle}
            aria-pressed={hide}
            icon={hide ? <EyeOff size={14} /> : <Eye size={14} />}
            onClick={() => setHide(!hide)}
          >
            {t.hide}
          </Button>
        )}
        <Button className={text.toggle} aria-pressed={all} onClick={() => setAll(!all)}>
          {t.allLines}
        </Button>
      </div>
      <div ref={scroller} className={styles.scroller} role="region" aria-label={t.region} tabIndex={0}>
        <div className={styles.rows} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start, key }) => {
            const row = rows[index] as Row
            return (
              <div
                key={key}
                ref={virtual.measureElement}
                data-index={index}
                data-beside={!narrow && row.kind !== 'fold'}
                data-current={row.kind !== 'fold' && row.change === at}
                className={styles.row}
                style={{ transform: `translateY(${start}px)` }}
              >
                {rowView(row)}
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}
