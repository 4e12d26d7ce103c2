// SPDX-License-Identifier: Apache-2.0
/* Who has sent how much of a log, and which messages are the most frequent; each opens at its first line. */
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { pageTexts } from '../page.texts'
import styles from '../page.module.css'
import type { LogResult } from '../results'

interface Counted {
  name: string
  messages: number
  line: number | null
}

function Counts({
  title,
  counted,
  onLine,
}: {
  title: string
  counted: Counted[]
  onLine: (line: number) => void
}) {
  const format = useFormat()
  const most = Math.max(...counted.map(({ messages }) => messages), 1)
  return (
    <section className={styles.counts}>
      <h2>{title}</h2>
      <ul>
        {counted.map(({ name, messages, line }) => (
          <li key={name}>
            {line === null ? (
              <span>{name}</span>
            ) : (
              <button type="button" className={styles.link} onClick={() => onLine(line)} title={name}>
                {name}
              </button>
            )}
            <span className={styles.countBar} aria-hidden>
              <span style={{ width: `${(messages / most) * 100}%` }} />
            </span>
            <span className="number">{format.number(messages)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

const severities = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug']

export function CountsTab({ log, onLine }: { log: LogResult; onLine: (line: number) => void }) {
  const t = useTexts(pageTexts)
  const bySeverity = severities
    .map((name) => ({ name, messages: log.by_severity[name] ?? 0, line: null }))
    .filter(({ messages }) => messages > 0)
  const hosts = log.hosts.map(({ host, messages, line }) => ({ name: host, messages, line }))
  const mnemonics = log.mnemonics.map(({ mnemonic, messages, line }) => ({ name: mnemonic, messages, line }))
  return (
    <div className={styles.scroll}>
      <Counts title={t.bySeverity} counted={bySeverity} onLine={onLine} />
      <Counts title={t.hosts} counted={hosts} onLine={onLine} />
      <Counts title={t.mnemonics} counted={mnemonics} onLine={onLine} />
    </div>
  )
}
