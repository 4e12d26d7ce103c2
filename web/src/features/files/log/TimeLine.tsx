// SPDX-License-Identifier: Apache-2.0
/* The messages of a log over time. A bar leads to the lines of its time. */
import { useRef, useState, type KeyboardEvent } from 'react'
import { useLanguage, useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { pageTexts } from '../page.texts'
import type { LogResult } from '../results'
import styles from './log.module.css'
import { binTime, lineOfBin } from './time'

export function TimeLine({ log, onLine }: { log: LogResult; onLine: (line: number) => void }) {
  const t = useTexts(pageTexts)
  const format = useFormat()
  const { language } = useLanguage()
  const list = useRef<HTMLDivElement>(null)
  const [at, setAt] = useState(0)
  const { timeline } = log
  if (timeline === null || timeline.messages.length === 0) return null
  const most = Math.max(...timeline.messages, 1)
  const last = timeline.messages.length - 1
  const focus = (bin: number) => {
    const next = Math.max(0, Math.min(last, bin))
    setAt(next)
    list.current?.querySelectorAll('button')[next]?.focus()
  }
  const move = (event: KeyboardEvent) => {
    const moves: Record<string, number> = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: last }
    const next = moves[event.key]
    if (next === undefined) return
    event.preventDefault()
    focus(next)
  }
  const open = (bin: number) => {
    setAt(bin)
    const line = lineOfBin(log, bin)
    if (line !== null) onLine(line)
  }
  const timeOf = (bin: number) => binTime(timeline.start_s + bin * timeline.interval_s, language)
  return (
    <figure className={styles.figure} aria-label={t.timeline}>
      <figcaption className={styles.caption}>
        <strong>{t.timeline}</strong>
        <span className="muted">{t.timelineSpan(format.seconds(timeline.interval_s))}</span>
        <span className={styles.key} data-severe="false">
          {t.all}
        </span>
        <span className={styles.key} data-severe="true">
          {t.severe}
        </span>
      </figcaption>
      {}
      <div ref={list} className={styles.bars} role="toolbar" aria-label={t.timeline} onKeyDown={move}>
        {timeline.messages.map((messages, bin) => {
          const severe = timeline.severe[bin] ?? 0
          const label = t.timelineBin(timeOf(bin), format.number(messages), format.number(severe))
          return (
            <button
              key={bin}
              type="button"
              className={styles.bar}
              aria-label={label}
              title={label}
              tabIndex={bin === at ? 0 : -1}
              onClick={() => open(bin)}
            >
              <span style={{ height: `${(messages / most) * 100}%` }}>
                <span style={{ height: messages === 0 ? 0 : `${(severe / messages) * 100}%` }} />
              </span>
            </button>
          )
        })}
      </div>
      <div className={styles.axis}>
        <span>{timeOf(0)}</span>
        <span className="muted">{`max ${format.number(most)}`}</span>
        <span>{timeOf(last)}</span>
      </div>
    </figure>
  )
}
