// SPDX-License-Identifier: Apache-2.0
/* A PDF by the text of its pages, one at a time. */
import { useQuery } from '@tanstack/react-query'
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useMemo } from 'react'
import { useSearchParams } from 'react-router'
import { linesOf } from '@/app/paths'
import { callTool } from '@/api/client'
import type { FileDocument } from '@/api/queries'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { EmptyState, ErrorView, IconButton, Input, Loading } from '@/ui'
import { pagesOf } from '../files'
import { pageTexts } from '../page.texts'
import styles from '../page.module.css'
import { LineViewer } from '../text/LineViewer'
import { useFind } from '../text/useFind'
import text from '../text/text.module.css'
import { pageOf, type PageText, type Passage } from './pages'

async function loadPage(document_id: string, page: number, signal: AbortSignal): Promise<PageText> {
  const passages: Passage[] = []
  let more: number | null = null
  do {
    const answer: { passages: Passage[]; more: number | null } = await callTool(
      'read_lines',
      { document_id, page, ...(more === null ? {} : { more }) },
      signal,
    )
    passages.push(...answer.passages)
    more = answer.more
  } while (more !== null)
  return pageOf(passages)
}

const noMarks = new Map()

export function PdfPages({ file }: { file: FileDocument }) {
  const t = useTexts(pageTexts)
  const format = useFormat()
  const [search, setSearch] = useSearchParams()
  const pages = pagesOf(file)
  const asked = Number(search.get('page') ?? 1)
  const page = Number.isInteger(asked) && asked > 0 ? Math.min(asked, pages ?? asked) : 1
  const loaded = useQuery({
    queryKey: ['page', file.id, page],
    queryFn: ({ signal }) => loadPage(file.id, page, signal),
    staleTime: Infinity,
  })
  const lines = useMemo(() => loaded.data?.lines ?? [], [loaded.data])
  const query = search.get('q') ?? ''
  const find = useFind(lines, query, 'text')
  const range = linesOf(search)
  const first = loaded.data?.first ?? 1
  const hit = range?.from ?? (find.found[0] === undefined ? null : first + find.found[0])
  const target = useMemo(() => (hit === null ? null : { line: hit }), [hit])
  const go = (next: number) =>
    setSearch(
      (now) => {
        now.set('page', String(Math.max(1, Math.min(pages ?? next, next))))
        now.delete('lines')
        return now
      },
      { replace: true },
    )
  return (
    <section className={styles.main}>
      <div className={text.bar}>
        <IconButton
          label={t.previousPage}
          icon={<ChevronLeft size={16} />}
          disabled={page <= 1}
          onClick={() => go(page - 1)}
        />
        <Input
          key={page}
          className={text.go}
          aria-label={t.page}
          inputMode="numeric"
          defaultValue={page}
          onKeyDown={(event) => {
            const value = Number(event.currentTarget.value)
            if (event.key === 'Enter' && Number.isInteger(value)) go(value)
          }}
        />
        {pages !== null && <span className="muted">{t.pageOf(format.number(pages))}</span>}
        <IconButton
          label={t.nextPage}
          icon={<ChevronRight size={16} />}
          disabled={pages !== null && page >= pages}
          onClick={() => go(page + 1)}
        />
        <Input
          type="search"
          aria-label={t.findInPage}
          placeholder={t.findInPage}
          value={query}
          onChange={(event) => {
            const value = event.target.value
            setSearch(
              (now) => {
                if (value === '') now.delete('q')
                else now.set('q', value)
                return now
              },
              { replace: true },
            )
          }}
        />
      </div>
      {loaded.error !== null ? (
        <ErrorView error={loaded.error} retry={() => void loaded.refetch()} />
      ) : loaded.isPending ? (
        <Loading />
      ) : lines.length === 0 ? (
        <EmptyState title={t.noText} />
      ) : (
        <LineViewer
          key={page}
          label={`${t.page} ${page}`}
          lines={lines}
          first={first}
          kind="pdf"
          marks={noMarks}
          range={range}
          matcher={find.matcher}
          target={target}
        />
      )}
    </section>
  )
}
