// SPDX-License-Identifier: Apache-2.0
/*
 * Bytes over the time of the capture, with retransmissions and resets below. Choosing a part of it,
 * by dragging or by the arrows with Shift and Enter, filters the conversations by that time.
 */
import { X } from 'lucide-react'
import { useId, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from 'react'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Button, Panel } from '@/ui'
import styles from './timeline.module.css'
import { bitRate } from './paragraph'
import { findConversation, usePlace } from './places'
import { captureTexts } from './texts'
import { timeOf, withTime, type TimeRange } from './timeRange'
import type { CaptureResult, Timeline } from './types'

/* The heights of the drawing: bars of bytes, then a lane of retransmissions and one of resets. */
const bars = 84
const lane = 12
const gap = 3
const height = bars + 2 * (gap + lane)

/** Bars of one of the four counts, the highest of them as high as there is room. */
function Bars({
  timeline,
  count,
  top,
  room,
  className,
}: {
  timeline: Timeline
  count: 0 | 1 | 2 | 3
  top: number
  room: number
  className: string | undefined
}) {
  const most = Math.max(1, ...timeline.rows.map((row) => row[count]))
  return (
    <g className={className}>
      {timeline.rows.map((row, i) => {
        if (row[count] === 0) return null
        const size = Math.max(1.5, (row[count] / most) * room)
        return <rect key={i} x={i + 0.06} width={0.88} y={top + room - size} height={size} />
      })}
    </g>
  )
}

function Shade({
  timeline,
  range,
  className,
}: {
  timeline: Timeline
  range: TimeRange
  className: string | undefined
}) {
  const place = (seconds: number) =>
    Math.min(timeline.rows.length, Math.max(0, (seconds - timeline.start_s) / timeline.bin_s))
  const [from, to] = [place(range.from), place(range.to)]
  return <rect className={className} x={from} width={Math.max(0.3, to - from)} y={0} height={height} />
}

function Ticks({ timeline }: { timeline: Timeline }) {
  const format = useFormat()
  const length = timeline.rows.length * timeline.bin_s
  return (
    <div className={styles.ticks} aria-hidden>
      {[0, 0.25, 0.5, 0.75, 1].map((part) => (
        <span key={part}>{format.seconds(Math.max(0, timeline.start_s + part * length))}</span>
      ))}
    </div>
  )
}

interface Chosen {
  from: number
  to: number
}

function Chart({
  timeline,
  opened,
  chosen,
  onChoose,
}: {
  timeline: Timeline
  opened: TimeRange | null
  chosen: TimeRange | null
  onChoose: (range: TimeRange) => void
}) {
  const t = useTexts(captureTexts)
  const format = useFormat()
  const id = useId()
  const chart = useRef<HTMLDivElement>(null)
  const [at, setAt] = useState<number | null>(null)
  const [brush, setBrush] = useState<Chosen | null>(null)
  const [dragging, setDragging] = useState(false)
  const { rows, start_s, bin_s } = timeline
  const last = rows.length - 1

  const rangeOf = ({ from, to }: Chosen): TimeRange => ({
    from: start_s + Math.min(from, to) * bin_s,
    to: start_s + (Math.max(from, to) + 1) * bin_s,
  })
  const said = (bin: number): string => {
    const row = rows[bin]
    if (row === undefined) return ''
    const { from, to } = rangeOf({ from: bin, to: bin })
    const text = t.timelineBar(
      t.timelineAt(format.seconds(Math.max(0, from)), format.seconds(Math.max(0, to))),
      format.number(row[0]),
      format.bytes(row[1]),
    )
    return row[2] + row[3] === 0
      ? text
      : `${text}; ${t.timelineBad(format.number(row[2]), format.number(row[3]))}`
  }
  const binAt = (event: PointerEvent): number => {
    const box = chart.current?.getBoundingClientRect()
    if (box === undefined || box.width === 0) return 0
    return Math.max(0, Math.min(last, Math.floor(((event.clientX - box.left) / box.width) * rows.length)))
  }
  const press = (event: KeyboardEvent) => {
    const now = at ?? 0
    const moves: Record<string, number> = {
      ArrowLeft: now - 1,
      ArrowRight: now + 1,
      PageUp: now - 10,
      PageDown: now + 10,
      Home: 0,
      End: last,
    }
    const target = moves[event.key]
    if (target !== undefined) {
      event.preventDefault()
      const next = Math.max(0, Math.min(last, target))
      setBrush(event.shiftKey ? { from: brush?.from ?? now, to: next } : null)
      setAt(next)
    } else if (event.key === 'Enter' && at !== null) {
      onChoose(rangeOf(brush ?? { from: at, to: at }))
      setBrush(null)
    } else if (event.key === 'Escape') {
      setBrush(null)
      setDragging(false)
    }
  }
  return (
    <>
      <div
        ref={chart}
        className={styles.chart}
        role="slider"
        tabIndex={0}
        aria-label={t.timeline}
        aria-describedby={`${id}hint`}
        aria-valuemin={0}
        aria-valuemax={last}
        aria-valuenow={at ?? 0}
        aria-valuetext={said(at ?? 0)}
        onKeyDown={press}
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          const bin = binAt(event)
          setBrush({ from: bin, to: bin })
          setDragging(true)
        }}
        onPointerMove={(event) => {
          const bin = binAt(event)
          setAt(bin)
          if (dragging && brush !== null) setBrush({ from: brush.from, to: bin })
        }}
        onPointerUp={() => {
          if (dragging && brush !== null) onChoose(rangeOf(brush))
          setDragging(false)
          setBrush(null)
        }}
        onPointerCancel={() => {
          setDragging(false)
          setBrush(null)
        }}
        onPointerLeave={() => {
          if (!dragging) setAt(null)
        }}
      >
        <svg viewBox={`0 0 ${rows.length} ${height}`} preserveAspectRatio="none" aria-hidden>
          {chosen !== null && <Shade timeline={timeline} range={chosen} className={styles.chosen} />}
          {opened !== null && <Shade timeline={timeline} range={opened} className={styles.opened} />}
          {at !== null && <rect className={styles.cursor} x={at} width={1} y={0} height={height} />}
          <Bars timeline={timeline} count={1} top={0} room={bars} className={styles.bytes} />
          <Bars
            timeline={timeline}
            count={2}
            top={bars + gap}
            room={lane}
            className={styles.retransmissions}
          />
          <Bars
            timeline={timeline}
            count={3}
            top={bars + lane + 2 * gap}
            room={lane}
            className={styles.resets}
          />
          {brush !== null && <Shade timeline={timeline} range={rangeOf(brush)} className={styles.brush} />}
        </svg>
      </div>
      <Ticks timeline={timeline} />
      <p id={`${id}hint`} className={styles.readout}>
        {at === null ? t.timelineHint : said(at)}
      </p>
    </>
  )
}

function Legend({ timeline }: { timeline: Timeline }) {
  const t = useTexts(captureTexts)
  const format = useFormat()
  const most = Math.max(0, ...timeline.rows.map((row) => row[1]))
  const sum = (count: 2 | 3) => timeline.rows.reduce((total, row) => total + row[count], 0)
  return (
    <ul className={styles.legend}>
      <li className={styles.bytes}>{t.timelinePeak(bitRate((most * 8) / timeline.bin_s, format))}</li>
      {sum(2) > 0 && (
        <li className={styles.retransmissions}>{t.tcpRetransmissions(format.number(sum(2)))}</li>
      )}
      {sum(3) > 0 && <li className={styles.resets}>{t.tcpResets(format.number(sum(3)))}</li>}
      <li className="muted">{t.timelineBin(format.seconds(timeline.bin_s))}</li>
    </ul>
  )
}

export function TimelinePanel({ capture }: { capture: CaptureResult }) {
  const t = useTexts(captureTexts)
  const place = usePlace()
  const { timeline } = capture
  const chosen = useMemo(() => timeOf(place.filter), [place.filter])
  const { conversation } = place
  const opened = useMemo(() => {
    const row = conversation === null ? undefined : findConversation(capture.conversations.rows, conversation)
    return row === undefined ? null : { from: row.start_s, to: row.start_s + row.duration_s }
  }, [capture, conversation])
  // One bar is no course of time.
  if (timeline === undefined || timeline.rows.length < 2) return null
  return (
    <Panel
      title={t.timeline}
      actions={
        <>
          {chosen !== null && (
            <Button icon={<X size={14} />} onClick={() => place.go({ filter: withTime(place.filter, null) })}>
              {t.timelineAll}
            </Button>
          )}
          <Legend timeline={timeline} />
        </>
      }
    >
      <Chart
        timeline={timeline}
        opened={opened}
        chosen={chosen}
        onChoose={(range) => place.go({ part: 'conversations', filter: withTime(place.filter, range) })}
      />
    </Panel>
  )
}
