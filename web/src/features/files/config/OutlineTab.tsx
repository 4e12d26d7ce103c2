// SPDX-License-Identifier: Apache-2.0
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useMemo, useRef, useState } from 'react'
import { useTexts } from '@/i18n'
import { Input } from '@/ui'
import { pageTexts } from '../page.texts'
import styles from '../page.module.css'
import { stanzaAt, type Stanza } from '../text/outline'

interface OutlineTabProps {
  outline: readonly Stanza[]
  topLine: number
  onLine: (line: number) => void
}

export function OutlineTab({ outline, topLine, onLine }: OutlineTabProps) {
  const t = useTexts(pageTexts)
  const scroller = useRef<HTMLDivElement>(null)
  const [filter, setFilter] = useState('')
  const shown = useMemo(() => {
    const words = filter.toLowerCase().split(/\s+/)
    return outline.filter(({ label }) => words.every((word) => label.toLowerCase().includes(word)))
  }, [outline, filter])
  const here = useMemo(() => stanzaAt(outline, topLine), [outline, topLine])
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualiser is not passed on
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 24,
    overscan: 16,
    initialRect: { width: 380, height: 600 },
  })
  const at = here === null ? -1 : shown.indexOf(here)
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: 'auto' })
  }, [at, virtual])
  return (
    <>
      <div className={styles.tabHead}>
        <Input
          type="search"
          aria-label={t.filterOutline}
          placeholder={t.filterOutline}
          value={filter}
          onChange={(event) => setFilter(event.target.value)}
        />
      </div>
      <div ref={scroller} className={styles.scroll}>
        {shown.length === 0 && <p className={styles.nothing}>{t.noOutline}</p>}
        <ol className={styles.outline} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start }) => {
            const stanza = shown[index] as Stanza
            return (
              <li key={stanza.line} style={{ transform: `translateY(${start}px)` }}>
                <button
                  type="button"
                  aria-current={stanza === here ? 'location' : undefined}
                  style={{ paddingLeft: `${12 + stanza.depth * 14}px` }}
                  title={stanza.label}
                  onClick={() => onLine(stanza.line)}
                >
                  <span>{stanza.label}</span>
                  <span className="muted">{stanza.line}</span>
                </button>
              </li>
            )
          })}
        </ol>
      </div>
    </>
  )
}
