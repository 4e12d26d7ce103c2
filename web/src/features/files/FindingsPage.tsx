// SPDX-License-Identifier: Apache-2.0
/* All that is wrong, in one place: in the network as a whole and in each file. */
import { CircleCheck } from 'lucide-react'
import { useDeferredValue, useMemo, useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Button, EmptyState, ErrorView, Input, Loading, Page, Panel, Tabs } from '@/ui'
import { FindingList } from './findings/FindingList'
import styles from './findings/findings.module.css'
import { groupsOf, levelOf, levels, matchesText, type GroupBy } from './findings/list'
import { findingTexts } from './findings/texts'
import { useFindings } from './findings/useFindings'
import lists from './list/list.module.css'

const step = 200

export function Component() {
  const t = useTexts(findingTexts)
  const format = useFormat()
  const [search, setSearch] = useSearchParams()
  const [limit, setLimit] = useState(step)
  const { findings, loading, loaded, asked, analysed, error, retry } = useFindings(limit)
  const text = useDeferredValue(search.get('q') ?? '')
  const level = levels.find((one) => one === search.get('severity')) ?? null
  const by: GroupBy = (['device', 'kind'] as const).find((one) => one === search.get('by')) ?? 'severity'
  const inText = useMemo(() => findings.filter((finding) => matchesText(finding, text)), [findings, text])
  const shown = useMemo(
    () => inText.filter(({ severity }) => level === null || levelOf(severity) === level),
    [inText, level],
  )
  const groups = useMemo(() => groupsOf(shown, by), [shown, by])
  const set = (name: string, value: string) =>
    setSearch(
      (now) => {
        if (value === '') now.delete(name)
        else now.set(name, value)
        return now
      },
      { replace: true },
    )
  return (
    <Page
      title={t.title}
      subtitle={
        <span role="status">
          {t.summary(format.number(shown.length), format.number(findings.length))}
          {loaded < asked && ` · ${t.reading(format.number(loaded), format.number(asked))}`}
        </span>
      }
    >
      {error !== null && <ErrorView error={error} retry={retry} />}
      {findings.length === 0 ? (
        loading ? (
          error === null && <Loading />
        ) : (
          <Panel>
            <EmptyState
              icon={<CircleCheck size={36} />}
              title={t.emptyTitle}
              action={<Link to="/files">{t.toFiles}</Link>}
            >
              {t.emptyText}
            </EmptyState>
          </Panel>
        )
      ) : (
        <Panel flush>
          <div className={lists.filters}>
            <Input
              type="search"
              aria-label={t.filter}
              placeholder={t.filter}
              value={search.get('q') ?? ''}
              onChange={(event) => set('q', event.target.value)}
            />
            <div className={styles.levels} role="group" aria-label={t.severity}>
              {levels.map((one) => (
                <Button
                  key={one}
                  className={styles.level}
                  data-level={one}
                  aria-pressed={level === one}
                  onClick={() => set('severity', level === one ? '' : one)}
                >
                  {t[one]}
                  <strong>
                    {format.number(inText.filter(({ severity }) => levelOf(severity) === one).length)}
                  </strong>
                </Button>
              ))}
            </div>
            <Tabs
              label={t.groupBy}
              tabs={[
                { key: 'severity', label: t.bySeverity },
                { key: 'device', label: t.byDevice },
                { key: 'kind', label: t.byKind },
              ]}
              selected={by}
              onSelect={(key) => set('by', key === 'severity' ? '' : key)}
            />
          </div>
          {shown.length === 0 ? (
            <EmptyState
              title={t.noMatch}
              action={<Link to={by === 'severity' ? '/findings' : `/findings?by=${by}`}>{t.clear}</Link>}
            />
          ) : (
            <FindingList key={by} groups={groups} />
          )}
          {analysed > limit && (
            <div className={styles.more}>
              <Button onClick={() => setLimit(limit + step)}>
                {t.more(format.number(Math.min(step, analysed - limit)))}
              </Button>
            </div>
          )}
        </Panel>
      )}
    </Page>
  )
}
