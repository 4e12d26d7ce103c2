// SPDX-License-Identifier: Apache-2.0
import { BookOpen, FileText, MessageCircleQuestion, Search } from 'lucide-react'
import { useId, useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { filePath, pagePath, searchPath } from '@/app/paths'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, Button, EmptyState, ErrorView, Input, LinkButton, Loading, Notice, Page, Select } from '@/ui'
import { excerpt, markWords, wordsOf } from './marks'
import styles from './SearchPage.module.css'
import { searchTexts } from './texts'
import { useDelayed } from '@/ui/useDelayed'
import { documentTypes, useSearch, vendors, type Hit } from './useSearch'

const shownLines = 10
const fewHits = 15
const mostHits = 50

function pathOf(hit: Hit): string | null {
  if (hit.document_id == null) return null
  if (hit.page != null) return pagePath(hit.document_id, hit.page)
  if (hit.document_type === 'pcap' || hit.line_start == null) return filePath(hit.document_id)
  return filePath(hit.document_id, { from: hit.line_start, to: hit.line_end ?? hit.line_start })
}

function Passage({ hit, words }: { hit: Hit; words: string[] }) {
  const t = useTexts(searchTexts)
  const [whole, setWhole] = useState(false)
  const id = useId()
  const short = excerpt(hit.text, words, shownLines)
  return (
    <>
      <pre id={id} className={styles.passage}>
        {markWords(whole ? hit.text : short.text, words).map((piece, at) =>
          piece.marked ? <mark key={at}>{piece.text}</mark> : piece.text,
        )}
      </pre>
      {short.cut && (
        <button
          type="button"
          className={styles.whole}
          aria-expanded={whole}
          aria-controls={id}
          onClick={() => setWhole(!whole)}
        >
          {whole ? t.less : t.whole}
        </button>
      )}
    </>
  )
}

function Result({ hit, words, relevant }: { hit: Hit; words: string[]; relevant: boolean }) {
  const t = useTexts(searchTexts)
  const format = useFormat()
  const path = pathOf(hit)
  const place =
    hit.page != null
      ? t.page(format.number(hit.page))
      : hit.document_type === 'pcap'
        ? t.summary
        : hit.line_start == null
          ? null
          : t.lines(String(hit.line_start), String(hit.line_end ?? hit.line_start))
  const name = (
    <>
      {hit.document}
      {place !== null && <span className={styles.place}>{place}</span>}
    </>
  )
  return (
    <li className={styles.hit} data-global={hit.source === 'global'}>
      <div className={styles.hitHead}>
        {hit.source === 'global' ? <BookOpen size={14} aria-hidden /> : <FileText size={14} aria-hidden />}
        <h2>{path === null ? name : <Link to={path}>{name}</Link>}</h2>
        <span className={styles.tags}>
          {hit.source === 'global' && <Badge tone="note">{t.knowledge}</Badge>}
          {hit.vendor != null && <Badge>{hit.vendor}</Badge>}
          {hit.matched_words ? (
            <small className="muted">{t.byWords}</small>
          ) : (
            relevant && <small className="muted">{t.byMeaning}</small>
          )}
        </span>
      </div>
      {hit.section != null && hit.section !== '' && <p className={styles.section}>{hit.section}</p>}
      <Passage hit={hit} words={words} />
    </li>
  )
}

function Start() {
  const t = useTexts(searchTexts)
  return (
    <EmptyState
      icon={<Search size={36} />}
      title={t.start}
      action={
        <ul className={styles.examples} aria-label={t.examples}>
          {[t.example1, t.example2, t.example3].map((example) => (
            <li key={example}>
              <Link to={searchPath(example)}>{example}</Link>
            </li>
          ))}
        </ul>
      }
    >
      {t.startText}
    </EmptyState>
  )
}

export function Component() {
  const t = useTexts(searchTexts)
  const format = useFormat()
  const [search, setSearch] = useSearchParams()
  const change = (changes: Record<string, string>) =>
    setSearch(
      (now) => {
        const next = new URLSearchParams(now)
        next.delete('n')
        for (const [name, value] of Object.entries(changes))
          if (value === '') next.delete(name)
          else next.set(name, value)
        return next
      },
      { replace: true, preventScrollReset: true },
    )
  const [text, setText, commit] = useDelayed(search.get('q') ?? '', (q) => change({ q }))
  const asked = {
    query: (search.get('q') ?? '').trim().slice(0, 1000),
    vendor: search.get('vendor') ?? '',
    type: search.get('type') ?? '',
    limit: search.get('n') === String(mostHits) ? mostHits : fewHits,
  }
  const query = useSearch(asked)
  const words = wordsOf(asked.query)
  const hits = query.data?.results ?? []
  const known = vendors.includes(asked.vendor) || asked.vendor === ''
  return (
    <Page title={t.title}>
      <form
        role="search"
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          commit()
        }}
      >
        <Input
          type="search"
          aria-label={t.query}
          placeholder={t.hint}
          value={text}
          autoFocus
          maxLength={1000}
          onChange={(event) => setText(event.target.value)}
        />
        <Select
          aria-label={t.type}
          value={asked.type}
          onChange={(event) => change({ type: event.target.value })}
        >
          <option value="">{t.anyType}</option>
          {documentTypes.map((type) => (
            <option key={type} value={type}>
              {t[type]}
            </option>
          ))}
        </Select>
        <Select
          aria-label={t.vendor}
          value={asked.vendor}
          onChange={(event) => change({ vendor: event.target.value })}
        >
          <option value="">{t.anyVendor}</option>
          {(known ? vendors : [asked.vendor, ...vendors]).map((vendor) => (
            <option key={vendor} value={vendor}>
              {vendor}
            </option>
          ))}
        </Select>
      </form>
      {asked.query === '' ? (
        <Start />
      ) : query.isError ? (
        <ErrorView error={query.error} retry={() => void query.refetch()} />
      ) : query.data === undefined ? (
        <Loading />
      ) : (
        <div className={styles.answer} aria-busy={query.isPlaceholderData} data-old={query.isPlaceholderData}>
          {!query.data.by_meaning && <Notice>{t.wordsOnly}</Notice>}
          {!query.data.relevant && hits.length > 0 && <Notice tone="warning">{t.notRelevant}</Notice>}
          <div className={styles.summary}>
            <p className="muted" role="status">
              {hits.length === 0 ? '' : hits.length === 1 ? t.foundOne : t.found(format.number(hits.length))}
            </p>
            <LinkButton
              kind="quiet"
              icon={<MessageCircleQuestion size={14} />}
              to={`/chat?q=${encodeURIComponent(asked.query)}`}
            >
              {t.ask}
            </LinkButton>
          </div>
          {hits.length === 0 ? (
            <EmptyState title={t.nothing}>{t.nothingText}</EmptyState>
          ) : (
            <ol className={styles.hits}>
              {hits.map((hit) => (
                <Result key={hit.chunk_id} hit={hit} words={words} relevant={query.data.relevant} />
              ))}
            </ol>
          )}
          {hits.length >= asked.limit && asked.limit < mostHits && (
            <Button className={styles.more} onClick={() => change({ n: String(mostHits) })}>
              {t.more}
            </Button>
          )}
        </div>
      )}
    </Page>
  )
}
