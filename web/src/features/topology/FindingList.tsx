// SPDX-License-Identifier: Apache-2.0
/* Findings, of which only those in sight are in the document. */
import { useVirtualizer } from '@tanstack/react-virtual'
import { useMemo, useRef, useState } from 'react'
import { useTexts } from '@/i18n'
import { classes, Input, SeverityBadge } from '@/ui'
import type { Finding, Model } from './graph'
import styles from './Panels.module.css'
import { Places } from './parts'
import type { Documents } from './queries'
import { topologyTexts } from './texts'

interface ItemProps {
  finding: Finding
  documents: Documents
  isSelected?: boolean
  onSelect: () => void
}

export function FindingItem({ finding, documents, isSelected = false, onSelect }: ItemProps) {
  return (
    <article className={classes(styles.finding, isSelected && styles.chosen)}>
      <button type="button" className={styles.message} aria-pressed={isSelected} onClick={onSelect}>
        <SeverityBadge severity={finding.severity} />
        <span>{finding.message}</span>
      </button>
      <Places at={finding.at} documents={documents} />
    </article>
  )
}

interface FindingListProps {
  model: Model
  findings: Finding[]
  documents: Documents
  /** The number of the finding in the topology's own list. */
  selected?: number | null
  filter?: boolean
  onSelect: (finding: Finding, at: number) => void
}

export function FindingList({
  model,
  findings,
  documents,
  selected,
  filter = false,
  onSelect,
}: FindingListProps) {
  const t = useTexts(topologyTexts)
  const [text, setText] = useState('')
  const scroller = useRef<HTMLDivElement>(null)
  const numbers = useMemo(() => new Map(model.findings.map((finding, at) => [finding, at])), [model])
  const shown = useMemo(() => {
    const wanted = text.trim().toLowerCase()
    if (wanted === '') return findings
    return findings.filter((finding) =>
      `${finding.kind} ${finding.message} ${finding.at.map(({ file }) => file).join(' ')}`
        .toLowerCase()
        .includes(wanted),
    )
  }, [findings, text])
  const start = shown.findIndex((finding) => numbers.get(finding) === selected)
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualiser is not passed on
  const rows = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 84,
    overscan: 6,
    initialOffset: start > 3 ? start * 84 : 0,
  })
  if (findings.length === 0) return <p className={styles.empty}>{t.noFindingsAll}</p>
  return (
    <div className={styles.fill}>
      {filter && (
        <div className={styles.filter}>
          <Input
            type="search"
            aria-label={t.filterFindings}
            placeholder={t.filterFindings}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
        </div>
      )}
      <div className={styles.scroll} ref={scroller}>
        <div className={styles.virtual} style={{ height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map((item) => {
            const finding = shown[item.index]
            if (finding === undefined) return null
            const at = numbers.get(finding) ?? 0
            return (
              <div
                key={item.key}
                ref={rows.measureElement}
                data-index={item.index}
                className={styles.placed}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <FindingItem
                  finding={finding}
                  documents={documents}
                  isSelected={at === selected}
                  onSelect={() => onSelect(finding, at)}
                />
              </div>
            )
          })}
        </div>
        {shown.length === 0 && <p className={styles.empty}>{t.noFindings}</p>}
      </div>
    </div>
  )
}
