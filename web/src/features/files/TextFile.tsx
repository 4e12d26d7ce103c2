// SPDX-License-Identifier: Apache-2.0
/* A file of lines, and beside it what the analysis knows of it. */
import { useQuery } from '@tanstack/react-query'
import { useMemo, useState, type ReactNode } from 'react'
import { useSearchParams } from 'react-router'
import { useNetworkFindings, type AnalysisTask, type FileDocument } from '@/api/queries'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { classes, ErrorView, Loading, Tabs } from '@/ui'
import { FactsTab } from './config/FactsTab'
import { OutlineTab } from './config/OutlineTab'
import { FindingsTab } from './FindingsTab'
import { CountsTab } from './log/CountsTab'
import { TimeLine } from './log/TimeLine'
import { pageTexts } from './page.texts'
import styles from './page.module.css'
import { configOf, findingsOf, logOf, reportOf } from './results'
import { outputsOf } from './show/show'
import { TablesTab } from './show/TablesTab'
import { loadText } from './text/lines'
import { byLine, marksOf } from './text/marks'
import { outlineOf } from './text/outline'
import { TextView } from './text/TextView'

export function useText(id: string) {
  return useQuery({
    queryKey: ['text', id],
    queryFn: ({ signal }) => loadText(id, signal),
    staleTime: Infinity,
    // A text may have many megabytes: it goes soon after its page.
    gcTime: 60_000,
  })
}

type Tab = 'outline' | 'findings' | 'facts' | 'tables' | 'counts' | 'report'

export function TextFile({ file, task }: { file: FileDocument; task: AnalysisTask | undefined }) {
  const t = useTexts(pageTexts)
  const format = useFormat()
  const [search, setSearch] = useSearchParams()
  const text = useText(file.id)
  const network = useNetworkFindings()
  const [topLine, setTopLine] = useState(1)
  const config = useMemo(() => configOf(task), [task])
  const log = useMemo(() => logOf(task), [task])
  const outputs = useMemo(() => outputsOf(task), [task])
  const marks = useMemo(
    () => marksOf(findingsOf(task), network.data ?? [], file.id),
    [task, network.data, file.id],
  )
  const lineMarks = useMemo(() => byLine(marks), [marks])
  const outline = useMemo(
    () =>
      file.file_type === 'config' && text.data !== undefined
        ? outlineOf(text.data.masked ?? text.data.lines)
        : [],
    [file.file_type, text.data],
  )
  const onLine = (line: number) =>
    setSearch(
      (now) => {
        now.set('lines', String(line))
        return now
      },
      { replace: true },
    )

  const hasTables = outputs !== null
  const tabs: { key: Tab; label: ReactNode }[] = [
    { key: 'findings', label: `${t.findings} (${format.number(marks.length)})` },
  ]
  if (hasTables) tabs.unshift({ key: 'tables', label: `${t.tables} (${format.number(outputs.length)})` })
  if (outline.length > 0) tabs.unshift({ key: 'outline', label: t.outline })
  if (config !== null) tabs.push({ key: 'facts', label: t.facts })
  if (log !== null) tabs.push({ key: 'counts', label: t.counts })
  if (reportOf(task) !== null) tabs.push({ key: 'report', label: t.report })
  const asked = search.get('tab')
  const tab =
    tabs.find(({ key }) => key === asked)?.key ??
    (hasTables ? 'tables' : marks.length > 0 || outline.length === 0 ? 'findings' : 'outline')

  return (
    <div className={classes(styles.split, hasTables && styles.even)}>
      <section className={styles.main}>
        {log !== null && <TimeLine log={log} onLine={onLine} />}
        {text.error !== null ? (
          <ErrorView error={text.error} retry={() => void text.refetch()} />
        ) : text.data === undefined ? (
          <Loading />
        ) : (
          <TextView
            text={text.data}
            kind={file.file_type}
            marks={lineMarks}
            outline={outline}
            onTop={setTopLine}
          />
        )}
      </section>
      <aside className={styles.side} aria-label={t.details}>
        <Tabs
          label={t.details}
          tabs={tabs}
          selected={tab}
          onSelect={(key) =>
            setSearch(
              (now) => {
                now.set('tab', key)
                return now
              },
              { replace: true },
            )
          }
        />
        <div className={styles.tabBody} role="tabpanel" aria-label={t[tab]} tabIndex={0}>
          {tab === 'outline' && <OutlineTab outline={outline} topLine={topLine} onLine={onLine} />}
          {tab === 'findings' &&
            (task !== undefined && task.status !== 'completed' && task.status !== 'failed' ? (
              <p className={styles.nothing}>{t.running}</p>
            ) : (
              <FindingsTab marks={marks} onLine={onLine} />
            ))}
          {tab === 'facts' && config !== null && <FactsTab config={config} onLine={onLine} />}
          {tab === 'tables' && outputs !== null && <TablesTab outputs={outputs} onLine={onLine} />}
          {tab === 'counts' && log !== null && <CountsTab log={log} onLine={onLine} />}
          {tab === 'report' && <pre className={styles.report}>{reportOf(task)}</pre>}
        </div>
      </aside>
    </div>
  )
}
