// SPDX-License-Identifier: Apache-2.0
/*
 * Lines of text, of which only those in sight are in the document. Browsers end a scrolled area at some
 * millions of pixels: beyond maxHeight one pixel of the scroll bar stands for more than one of the text.
 */
import { memo, useEffect, useLayoutEffect, useMemo, useRef, useState, type MouseEvent } from 'react'
import { useTexts } from '@/i18n'
import { classes, CopyButton, SeverityBadge } from '@/ui'
import type { Matcher } from './find'
import type { Mark } from './marks'
import { tintOf } from './tint'
import { textTexts } from './texts'
import styles from './text.module.css'

const rowHeight = 19
const maxHeight = 8_000_000
const overscan = 20
const shownLength = 4_000

export interface LineRange {
  from: number
  to: number
}

interface LineViewerProps {
  label: string
  lines: readonly string[]
  /** The number of the first line. */
  first?: number
  kind: string
  marks: ReadonlyMap<number, Mark[]>
  range: LineRange | null
  onRange?: (range: LineRange) => void
  /** The lines that begin a stanza. */
  heads?: ReadonlySet<number>
  matcher: Matcher | null
  /** A line to bring into sight; a new object brings it again. */
  target: { line: number } | null
  /** Hears the number of the line at the top. */
  onTop?: (line: number) => void
}

function columnsOf(line: string): number {
  return line.length + (line.includes('\t') ? 7 * (line.split('\t').length - 1) : 0)
}

function Highlighted({ text, matcher }: { text: string; matcher: Matcher | null }) {
  const ranges = matcher?.(text) ?? []
  if (ranges.length === 0) return text
  const parts = []
  let at = 0
  for (const { from, to } of ranges) {
    parts.push(text.slice(at, from), <mark key={from}>{text.slice(from, to)}</mark>)
    at = to
  }
  return [...parts, text.slice(at)]
}

/** A line that takes something away: its first word is marked. */
function Negated({ text }: { text: string }) {
  const end = text.length - text.trimStart().replace(/^\S+/, '').length
  return (
    <>
      <span className={styles.negation}>{text.slice(0, end)}</span>
      {text.slice(end)}
    </>
  )
}

/** The marks of a line: a coloured bar in the gutter that tells what it is when one points at it. */
function GutterMark({ marks, above }: { marks: Mark[]; above: boolean }) {
  const worst = marks[0]
  const t = useTexts(textTexts)
  if (worst === undefined) return null
  return (
    <span className={styles.markCell}>
      <button
        type="button"
        className={styles.markButton}
        data-severity={worst.severity}
        aria-label={t.findingsAt(marks.map(({ title }) => title).join('; '))}
      />
      <span className={styles.popover} data-above={above} role="tooltip">
        {marks.map((mark) => (
          <span key={mark.key} className={styles.popoverEntry}>
            <span>
              <SeverityBadge severity={mark.severity} /> <strong>{mark.title}</strong>
            </span>
            {mark.detail !== null && <span>{mark.detail}</span>}
            {mark.fix !== null && (
              <span className={styles.fix}>
                <code>{mark.fix}</code>
                <CopyButton text={mark.fix} label={t.copyFix} />
              </span>
            )}
          </span>
        ))}
      </span>
    </span>
  )
}

interface RowProps {
  number: number
  text: string
  top: number
  kind: string
  marks: Mark[] | undefined
  inRange: boolean
  head: boolean
  matcher: Matcher | null
  digits: number
  above: boolean
  onNumber: (event: MouseEvent, line: number) => void
}

const Row = memo(function Row(props: RowProps) {
  const { number, text, top, kind, marks, inRange, head, matcher, digits, above, onNumber } = props
  const tint = tintOf(text, kind)
  const shown = text.length > shownLength ? `${text.slice(0, shownLength)}…` : text
  const worst = marks?.[0]
  return (
    <div
      className={classes(styles.row, inRange && styles.inRange)}
      data-severity={worst?.severity}
      data-line={number}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span className={styles.gutter}>
        {marks === undefined ? (
          <span className={styles.markCell} />
        ) : (
          <GutterMark marks={marks} above={above} />
        )}
        {/* The keyboard sets lines by the field above: a link to each line would be a way too long. */}
        <a
          href={`?lines=${number}`}
          tabIndex={-1}
          className={styles.number}
          style={{ width: `${digits}ch` }}
          onClick={(event) => onNumber(event, number)}
        >
          {number}
        </a>
      </span>
      <code className={styles.text} data-tint={tint === 'plain' ? undefined : tint} data-head={head}>
        {tint === 'negated' && matcher === null ? (
          <Negated text={shown} />
        ) : (
          <Highlighted text={shown} matcher={matcher} />
        )}
        {worst !== undefined && worst.lines[0] === number && (
          <span className={styles.inline} data-severity={worst.severity}>
            {worst.title}
          </span>
        )}
      </code>
    </div>
  )
})

export function LineViewer(props: LineViewerProps) {
  const { label, lines, first = 1, kind, marks, range, onRange, heads, matcher, target, onTop } = props
  const scroller = useRef<HTMLDivElement>(null)
  const [place, setPlace] = useState({ top: 0, height: 600 })
  const total = lines.length * rowHeight
  const area = Math.min(total, maxHeight)
  // How many pixels of text one pixel of the scroll bar moves.
  const scale = total > area && area > place.height ? (total - place.height) / (area - place.height) : 1
  const textTop = place.top * scale
  const columns = useMemo(() => {
    let most = 0
    for (const line of lines) if (line.length > most - 8) most = Math.max(most, columnsOf(line))
    return Math.min(most, shownLength)
  }, [lines])
  const digits = Math.max(3, String(first + lines.length).length)

  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return
    const observer = new ResizeObserver(() => setPlace((now) => ({ ...now, height: element.clientHeight })))
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  const scaleNow = useRef(scale)
  useLayoutEffect(() => {
    scaleNow.current = scale
  }, [scale])
  const wanted = target === null ? null : target.line - first
  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null || wanted === null) return
    const at = wanted * rowHeight
    const top = element.scrollTop * scaleNow.current
    const height = element.clientHeight
    if (at < top + rowHeight || at > top + height - 3 * rowHeight)
      element.scrollTop = Math.max(0, at - height / 3) / scaleNow.current
  }, [wanted, target])

  const topLine = first + Math.floor(textTop / rowHeight)
  useEffect(() => onTop?.(topLine), [onTop, topLine])

  const anchor = useRef(range?.from ?? null)
  const onNumber = useRef<(event: MouseEvent, line: number) => void>(() => {})
  useEffect(() => {
    onNumber.current = (event, line) => {
      if (event.ctrlKey || event.metaKey || onRange === undefined) return
      event.preventDefault()
      const from = anchor.current ?? range?.from
      if (event.shiftKey && from !== undefined)
        onRange({ from: Math.min(from, line), to: Math.max(from, line) })
      else {
        anchor.current = line
        onRange({ from: line, to: line })
      }
    }
  })
  const [press] = useState(() => (event: MouseEvent, line: number) => onNumber.current(event, line))

  const from = Math.max(0, Math.floor(textTop / rowHeight) - overscan)
  const to = Math.min(lines.length, Math.ceil((textTop + place.height) / rowHeight) + overscan)
  const rows = []
  for (let at = from; at < to; at++) {
    const number = first + at
    const offset = at * rowHeight - textTop
    rows.push(
      <Row
        key={at}
        number={number}
        text={lines[at] ?? ''}
        top={scale === 1 ? at * rowHeight : place.top + offset}
        kind={kind}
        marks={marks.get(number)}
        inRange={range !== null && number >= range.from && number <= range.to}
        head={heads?.has(number) === true}
        matcher={matcher}
        digits={digits}
        above={offset > place.height / 2}
        onNumber={press}
      />,
    )
  }
  return (
    <div
      ref={scroller}
      className={styles.viewer}
      role="region"
      aria-label={label}
      tabIndex={0}
      onScroll={(event) => {
        const top = event.currentTarget.scrollTop
        setPlace((now) => ({ ...now, top }))
      }}
    >
      <div className={styles.area} style={{ height: area, minWidth: `calc(${columns + digits}ch + 64px)` }}>
        {rows}
      </div>
    </div>
  )
}
