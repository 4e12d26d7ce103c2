// SPDX-License-Identifier: Apache-2.0
/* Tokens by day as stacked bars. The table below has the same figures for those who do not see it. */
import { useCallback, useState } from 'react'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import styles from './usage.module.css'
import { scaleOf, type UsageDay } from './usageDays'
import { usageTexts } from './usageTexts'

const height = 180
const left = 56

/** The width in pixels that an element has, so that a drawing is made for it and not scaled. */
function useWidth(): [(element: Element | null) => (() => void) | undefined, number] {
  const [width, setWidth] = useState(800)
  const measure = useCallback((element: Element | null) => {
    if (element === null || typeof ResizeObserver === 'undefined') return
    const observer = new ResizeObserver(([entry]) => {
      if (entry !== undefined) setWidth(Math.max(200, Math.round(entry.contentRect.width)))
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [measure, width]
}

export function UsageChart({ days }: { days: UsageDay[] }) {
  const t = useTexts(usageTexts)
  const format = useFormat()
  const [measure, width] = useWidth()
  const { top, lines } = scaleOf(Math.max(...days.map((day) => day.tokens_in + day.tokens_out)))
  const slot = (width - left) / days.length
  const bar = Math.max(1, slot * (slot > 8 ? 0.7 : 0.85))
  const y = (tokens: number) => height - (tokens / top) * height
  const everyNth = Math.max(1, Math.ceil(days.length / Math.floor((width - left) / 56)))
  return (
    <figure ref={measure}>
      <svg className={styles.chart} viewBox={`0 -8 ${width} ${height + 30}`} role="img" aria-label={t.chart}>
        {lines.map((line) => (
          <g key={line}>
            <line className={styles.line} x1={left} x2={width} y1={y(line)} y2={y(line)} />
            <text className={styles.label} x={left - 8} y={y(line) + 4} textAnchor="end">
              {format.number(line)}
            </text>
          </g>
        ))}
        <line className={styles.axis} x1={left} x2={width} y1={height} y2={height} />
        {days.map((day, at) => {
          const x = left + at * slot + (slot - bar) / 2
          const sum = day.tokens_in + day.tokens_out
          return (
            <g key={day.date}>
              <title>
                {`${format.date(`${day.date}T12:00`)}: ${format.number(day.tokens_in)} ${t.tokensIn}, ${format.number(day.tokens_out)} ${t.tokensOut}, ${format.money(day.cost_micros / 1e6)}`}
              </title>
              <rect className={styles.hit} x={left + at * slot} y={0} width={slot} height={height} />
              <rect
                className={styles.in}
                x={x}
                y={y(day.tokens_in)}
                width={bar}
                height={height - y(day.tokens_in)}
              />
              <rect className={styles.out} x={x} y={y(sum)} width={bar} height={y(day.tokens_in) - y(sum)} />
              {(days.length - 1 - at) % everyNth === 0 && (
                <text
                  className={styles.label}
                  x={at === days.length - 1 ? width : left + (at + 0.5) * slot}
                  y={height + 18}
                  textAnchor={at === days.length - 1 ? 'end' : 'middle'}
                >
                  {day.date.slice(5)}
                </text>
              )}
            </g>
          )
        })}
      </svg>
      <figcaption className={styles.legend}>
        <span>
          <i className={styles.inMark} />
          {t.tokensIn}
        </span>
        <span>
          <i className={styles.outMark} />
          {t.tokensOut}
        </span>
      </figcaption>
    </figure>
  )
}
