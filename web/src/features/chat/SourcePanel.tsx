// SPDX-License-Identifier: Apache-2.0
/* What a citation rests on, beside the conversation: its lines in their context, with the cited marked. */
import { useQuery } from '@tanstack/react-query'
import { ExternalLink, X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import { callTool } from '@/api/client'
import { useFile } from '@/api/queries'
import { filePath, pagePath } from '@/app/paths'
import { useTexts } from '@/i18n'
import { ErrorView, IconButton, LinkButton, Loading } from '@/ui'
import { linesWithQuote } from './quote'
import styles from './SourcePanel.module.css'
import { chatTexts } from './texts'
import type { Citation } from './types'

interface Passage {
  line_start: number | null
  line_end: number | null
  page: number | null
  text: string
}

const contextLines = 12

function useLines(citation: Citation) {
  const from = citation.line_start ?? 1
  const place =
    citation.page != null
      ? { page: citation.page }
      : {
          line_start: Math.max(1, from - contextLines),
          line_end: (citation.line_end ?? from) + contextLines,
        }
  const input = {
    ...(citation.is_global === true
      ? { source_id: citation.source_id }
      : { document_id: citation.document_id }),
    ...place,
  }
  return useQuery({
    queryKey: ['tool', 'read_lines', input],
    queryFn: ({ signal }) => callTool<{ passages: Passage[] }>('read_lines', input, signal),
    staleTime: 300_000,
  })
}

interface Line {
  number: number
  text: string
}

export function linesOfPassages(passages: Passage[]): Line[] {
  return passages.flatMap((passage) =>
    passage.text.split('\n').map((text, at) => ({ number: (passage.line_start ?? 1) + at, text })),
  )
}

/** The lines that are cited: by their numbers, or on a page by the words of the quotation. */
export function citedLines(lines: Line[], citation: Citation): Set<number> {
  if (citation.page == null && citation.line_start != null) {
    const { line_start: from, line_end: to } = citation
    return new Set(
      lines.map((line) => line.number).filter((number) => number >= from && number <= (to ?? from)),
    )
  }
  const found = linesWithQuote(
    lines.map((line) => line.text),
    citation.quote,
  )
  return new Set([...found].map((at) => lines[at]?.number ?? 0))
}

function Lines({ lines, cited }: { lines: Line[]; cited: Set<number> }) {
  const box = useRef<HTMLDivElement>(null)
  const first = useRef<HTMLDivElement>(null)
  const firstCited = Math.min(...cited)
  useEffect(() => {
    const [scroller, line] = [box.current, first.current]
    if (scroller === null || line === null) return
    const offset = line.getBoundingClientRect().top - scroller.getBoundingClientRect().top
    scroller.scrollTop += offset - scroller.clientHeight / 3
  }, [firstCited, lines])
  return (
    <div ref={box} className={styles.lines} tabIndex={0}>
      {lines.map((line, at) => (
        <div
          key={line.number}
          ref={line.number === firstCited ? first : null}
          className={styles.line}
          data-cited={cited.has(line.number)}
          data-gap={at > 0 && line.number > (lines[at - 1]?.number ?? 0) + 1}
        >
          <span className={styles.number}>{line.number}</span>
          <code>{line.text}</code>
        </div>
      ))}
    </div>
  )
}

function Body({ citation }: { citation: Citation }) {
  const t = useTexts(chatTexts)
  const read = useLines(citation)
  if (read.isPending) return <Loading />
  if (read.isError)
    return (
      <div className={styles.gone}>
        <ErrorView error={read.error} retry={() => void read.refetch()} />
        <p>{t.sourceGone}</p>
        <pre tabIndex={0}>{citation.quote}</pre>
      </div>
    )
  const lines = linesOfPassages(read.data.passages)
  const cited = citedLines(lines, citation)
  return (
    <>
      {cited.size === 0 && (
        <div className={styles.gone}>
          <p>{t.quoteNotFound}</p>
          <pre tabIndex={0}>{citation.quote}</pre>
        </div>
      )}
      <Lines lines={lines} cited={cited} />
    </>
  )
}

function FileLink({ id, citation }: { id: string; citation: Citation }) {
  const t = useTexts(chatTexts)
  const file = useFile(id)
  if (file.isError) return null
  const isCapture = file.data?.file_type === 'pcap'
  const to =
    citation.page != null
      ? pagePath(id, citation.page)
      : isCapture || citation.line_start == null
        ? filePath(id)
        : filePath(id, { from: citation.line_start, to: citation.line_end ?? citation.line_start })
  return (
    <>
      {isCapture && <p className={styles.hint}>{t.captureSummary}</p>}
      <LinkButton to={to} icon={<ExternalLink size={14} />}>
        {isCapture ? t.openCapture : t.openFile}
      </LinkButton>
    </>
  )
}

interface SourcePanelProps {
  /** Undefined: the address names a citation that is not there. */
  citation: Citation | undefined
  onClose: () => void
}

export function SourcePanel({ citation, onClose }: SourcePanelProps) {
  const t = useTexts(chatTexts)
  const panel = useRef<HTMLElement>(null)
  const place = citation === undefined ? '' : `${citation.document_id ?? citation.source_id}.${citation.n}`
  useEffect(() => {
    panel.current?.focus({ preventScroll: true })
  }, [place])
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- Escape closes it from anywhere within
    <aside
      ref={panel}
      className={styles.panel}
      aria-label={citation === undefined ? t.sources : `${t.openSource(citation.n)}: ${citation.document}`}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <header className={styles.head}>
        <div className={styles.title}>
          <h2>
            {citation !== undefined && <span className={styles.n}>{citation.n}</span>}
            {citation?.document ?? t.sources}
          </h2>
          {citation !== undefined && (
            <span className="muted">
              {citation.page != null
                ? t.page(citation.page)
                : citation.line_start != null &&
                  t.lines(citation.line_start, citation.line_end ?? citation.line_start)}
              {citation.is_global === true && ` · ${t.knowledge}`}
            </span>
          )}
        </div>
        <IconButton label={t.closeSource} icon={<X size={16} />} onClick={onClose} />
      </header>
      {citation === undefined ? (
        <p className={styles.hint}>{t.sourceMissing}</p>
      ) : (
        <Body citation={citation} />
      )}
      {citation?.document_id !== undefined && citation.is_global !== true && (
        <footer className={styles.foot}>
          <FileLink id={citation.document_id} citation={citation} />
        </footer>
      )}
    </aside>
  )
}
