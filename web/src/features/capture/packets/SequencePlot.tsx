// SPDX-License-Identifier: Apache-2.0
/* Sequence numbers over time. A click opens the packet that is nearest in time. */
import 'uplot/dist/uPlot.min.css'
import { useEffect, useMemo, useRef, useState } from 'react'
import uPlot from 'uplot'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Button, EmptyState } from '@/ui'
import { endName } from '../names'
import type { Conversation, Side } from '../types'
import styles from './packets.module.css'
import { courseOf, type Course } from './sequence'
import { packetTexts } from './texts'
import type { PacketRow } from './types'
import { useThemeName } from './useThemeName'

const plotHeight = 360

/* A canvas knows no custom properties, so their colours are read from the page. */
function colourOf(token: string, element: HTMLElement): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${token})`
  element.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}

interface Names {
  sent: string
  again: string
  acked: string
  seconds: string
}

function optionsOf(element: HTMLElement, names: Names, width: number): uPlot.Options {
  const colour = (token: string) => colourOf(token, element)
  const [text, line] = [colour('--text-2'), colour('--line')]
  const axis = { stroke: text, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } }
  const dots = (token: string, size: number): uPlot.Series => ({
    stroke: colour(token),
    paths: () => null,
    points: { show: true, size, fill: colour(token), stroke: colour(token) },
  })
  const acked: uPlot.Series = {
    label: names.acked,
    stroke: colour('--note'),
    width: 1,
    spanGaps: true,
    points: { show: false },
  }
  const stepped = uPlot.paths.stepped?.({ align: 1 })
  if (stepped !== undefined) acked.paths = stepped
  return {
    width,
    height: plotHeight,
    scales: { x: { time: false } },
    axes: [
      { ...axis, label: names.seconds, labelSize: 22 },
      { ...axis, size: 76 },
    ],
    legend: { live: false },
    cursor: { drag: { x: true, y: true, uni: 20 } },
    series: [
      {},
      { label: names.sent, ...dots('--accent', 4) },
      { label: names.again, ...dots('--warning', 7) },
      acked,
    ],
  }
}

function Plot({
  course,
  label,
  onOpen,
}: {
  course: Course
  label: string
  onOpen: (number: number) => void
}) {
  const t = useTexts(packetTexts)
  const theme = useThemeName()
  const box = useRef<HTMLDivElement>(null)
  const opener = useRef(onOpen)
  useEffect(() => {
    opener.current = onOpen
  })
  const names = useMemo(
    () => ({ sent: t.sent, again: t.sentAgain, acked: t.acknowledged, seconds: t.seconds }),
    [t],
  )
  useEffect(() => {
    const element = box.current
    if (element === null) return
    const plot = new uPlot(
      optionsOf(element, names, element.clientWidth || 600),
      [course.seconds, course.sent, course.again, course.acked],
      element,
    )
    const click = () => {
      const index = plot.cursor.idx
      // What was dragged to enlarge is no click.
      if (index == null || plot.select.width > 0) return
      const number = course.packets[index]
      if (number !== undefined) opener.current(number)
    }
    plot.over.addEventListener('click', click)
    const observer = new ResizeObserver(() =>
      plot.setSize({ width: element.clientWidth, height: plotHeight }),
    )
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.destroy()
    }
  }, [course, names, theme])
  return <div ref={box} className={styles.plot} role="img" aria-label={label} />
}

export default function SequencePlot({
  rows,
  conversation,
  onOpen,
}: {
  rows: PacketRow[]
  conversation: Conversation | undefined
  onOpen: (number: number) => void
}) {
  const t = useTexts(packetTexts)
  const format = useFormat()
  const busier: Side =
    conversation !== undefined && conversation.bytes_b_to_a > conversation.bytes_a_to_b ? 'b' : 'a'
  const [side, setSide] = useState<Side>(busier)
  const course = useMemo(() => courseOf(rows, side), [rows, side])
  const first = rows.find((row) => row.conversation != null)
  if (!rows.some((row) => row.tcp != null)) return <EmptyState title={t.onlyTcp} />
  const [source, destination] = [
    endName(first?.source ?? '', first?.conversation?.source_port ?? 0),
    endName(first?.destination ?? '', first?.conversation?.destination_port ?? 0),
  ]
  const [a, b] = first?.conversation?.from === 'b' ? [destination, source] : [source, destination]
  const label = side === 'a' ? t.sequenceOf(a, b) : t.sequenceOf(b, a)
  const [begin, end] = [course.seconds[0] ?? 0, course.seconds.at(-1) ?? 0]
  return (
    <div className={styles.sequence}>
      <div className={styles.directions} role="group" aria-label={t.direction}>
        {(['a', 'b'] as const).map((from) => (
          <Button key={from} aria-pressed={side === from} onClick={() => setSide(from)}>
            {from === 'a' ? `${a} → ${b}` : `${b} → ${a}`}
          </Button>
        ))}
      </div>
      {course.segments === 0 ? (
        <p className="muted">{t.noData}</p>
      ) : (
        <>
          <Plot course={course} label={label} onOpen={onOpen} />
          <p className={styles.plotSaid}>
            {t.summaryOf(
              format.number(course.segments),
              format.number(course.highest),
              format.number(course.repeated),
              format.seconds(end - begin),
            )}{' '}
            <span className="muted">{t.zoomHint}</span>
          </p>
        </>
      )}
    </div>
  )
}
