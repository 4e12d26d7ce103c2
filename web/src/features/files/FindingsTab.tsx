// SPDX-License-Identifier: Apache-2.0
import { Check } from 'lucide-react'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, CopyButton, EmptyState, SeverityBadge } from '@/ui'
import { pageTexts } from './page.texts'
import styles from './page.module.css'
import type { Mark } from './text/marks'
import { textTexts } from './text/texts'

interface FindingsTabProps {
  marks: Mark[]
  onLine: (line: number) => void
}

const shownLines = 12

export function FindingsTab({ marks, onLine }: FindingsTabProps) {
  const t = useTexts(pageTexts)
  const words = useTexts(textTexts)
  const format = useFormat()
  if (marks.length === 0) return <EmptyState icon={<Check size={28} />} title={t.noFindings} />
  return (
    <ul className={styles.findings}>
      {marks.map((mark) => (
        <li key={mark.key}>
          <div className={styles.findingHead}>
            <SeverityBadge severity={mark.severity} />
            {mark.network && (
              <span title={t.networkHint}>
                <Badge>{t.network}</Badge>
              </span>
            )}
            <code className="muted">{mark.kind}</code>
          </div>
          <p>{mark.title}</p>
          {mark.detail !== null && <p className="muted">{mark.detail}</p>}
          {mark.fix !== null && (
            <div className={styles.fix}>
              <code>{mark.fix}</code>
              <CopyButton text={mark.fix} label={words.copyFix} />
            </div>
          )}
          <div className={styles.places}>
            {mark.lines.slice(0, shownLines).map((line) => (
              <button key={line} type="button" className={styles.link} onClick={() => onLine(line)}>
                {t.line(format.number(line))}
              </button>
            ))}
          </div>
        </li>
      ))}
    </ul>
  )
}
