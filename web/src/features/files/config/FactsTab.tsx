// SPDX-License-Identifier: Apache-2.0
import { useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { DataTable, EmptyState, Select, type Column } from '@/ui'
import { pageTexts } from '../page.texts'
import type { ConfigResult } from '../results'
import styles from '../page.module.css'
import { factsOf, headings, sections, type Fact, type Section } from './facts'

interface FactTableProps {
  section: Section
  facts: Fact[]
  onLine: (line: number) => void
}

function FactTable({ section, facts, onLine }: FactTableProps) {
  const t = useTexts(pageTexts)
  const columns = useMemo(
    (): Column<Fact>[] => [
      {
        key: 'line',
        label: t.lineShort,
        width: '46px',
        numeric: true,
        sort: ({ line }) => line,
        cell: ({ line }) => <span className="muted">{line}</span>,
      },
      ...headings[section].map((heading, at): Column<Fact> => {
        const narrow = at > 0 && at === headings[section].length - 1 && section === 'statics'
        return {
          key: heading,
          label: t[heading],
          width: narrow ? '62px' : 'minmax(90px, 1fr)',
          sort: ({ cells }) => cells[at] ?? '',
          cell: ({ cells }) => <span title={cells[at]}>{cells[at]}</span>,
        }
      }),
    ],
    [t, section],
  )
  return (
    <DataTable
      label={t[section]}
      rows={facts}
      columns={columns}
      rowKey={(fact) => `${fact.line} ${fact.cells.join(' ')}`}
      onOpen={({ line }) => onLine(line)}
      height="100%"
    />
  )
}

export function FactsTab({ config, onLine }: { config: ConfigResult; onLine: (line: number) => void }) {
  const t = useTexts(pageTexts)
  const format = useFormat()
  const [search, setSearch] = useSearchParams()
  const all = useMemo(
    () => new Map(sections.map((section) => [section, factsOf(config, section, t.down)])),
    [config, t],
  )
  const filled = sections.filter((section) => (all.get(section)?.length ?? 0) > 0)
  const asked = search.get('section') as Section | null
  const section = asked !== null && sections.includes(asked) ? asked : (filled[0] ?? 'interfaces')
  const facts = all.get(section) ?? []
  const share = config.lines.analysed_share
  return (
    <>
      <div className={styles.tabHead}>
        <Select
          aria-label={t.section}
          value={section}
          onChange={(event) => {
            const value = event.target.value
            setSearch(
              (now) => {
                now.set('section', value)
                return now
              },
              { replace: true },
            )
          }}
        >
          {sections.map((one) => (
            <option key={one} value={one} disabled={!filled.includes(one)}>
              {`${t[one]} (${format.number(all.get(one)?.length ?? 0)})`}
            </option>
          ))}
        </Select>
        {share !== undefined && <span className="muted">{t.share(format.percent(share))}</span>}
      </div>
      {facts.length === 0 ? (
        <EmptyState title={t.none} />
      ) : (
        <div className={styles.fill}>
          <FactTable key={section} section={section} facts={facts} onLine={onLine} />
        </div>
      )}
    </>
  )
}
