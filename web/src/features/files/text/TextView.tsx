// SPDX-License-Identifier: Apache-2.0
/* The text of a file with its search; lines, search and mode stand in the address. */
import { ArrowDown, ArrowUp, Eye, EyeOff, Link2 } from 'lucide-react'
import { useDeferredValue, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useSearchParams } from 'react-router'
import { linesOf } from '@/app/paths'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Button, classes, CopyButton, EmptyState, IconButton, Input, Notice } from '@/ui'
import type { FileText } from './lines'
import { LineViewer, type LineRange } from './LineViewer'
import type { Mark } from './marks'
import { stanzaPath, type Stanza } from './outline'
import styles from './text.module.css'
import { textTexts } from './texts'
import { useFind } from './useFind'

export interface TextViewProps {
  text: FileText
  kind: string
  marks: ReadonlyMap<number, Mark[]>
  outline: readonly Stanza[]
  /** Hears the line at the top. */
  onTop?: (line: number) => void
}

const without = (search: URLSearchParams, name: string, value: string) => {
  if (value === '') search.delete(name)
  else search.set(name, value)
  return search
}

function GoTo({ onRange }: { onRange: (range: LineRange) => void }) {
  const t = useTexts(textTexts)
  return (
    <Input
      className={styles.go}
      aria-label={t.go}
      placeholder={t.goHint}
      inputMode="numeric"
      onKeyDown={(event) => {
        if (event.key !== 'Enter') return
        const range = linesOf(new URLSearchParams({ lines: event.currentTarget.value.replace(/\s/g, '') }))
        if (range === null) return
        onRange(range)
        event.currentTarget.value = ''
      }}
    />
  )
}

export function TextView({ text, kind, marks, outline, onTop }: TextViewProps) {
  const t = useTexts(textTexts)
  const format = useFormat()
  const [search, setSearch] = useSearchParams()
  const [hide, setHide] = useState(true)
  const field = useRef<HTMLInputElement>(null)
  const lines = hide && text.masked !== null ? text.masked : text.lines
  const range = useMemo(() => linesOf(search), [search])
  const query = search.get('q') ?? ''
  const mode = search.get('mode') === 'regex' ? 'regex' : 'text'
  const find = useFind(lines, useDeferredValue(query), mode)
  const [at, setAt] = useState(0)
  const [target, setTarget] = useState<{ line: number } | null>(range === null ? null : { line: range.from })
  const [topLine, setTopLine] = useState(1)

  // The address may be changed from outside: by the panel beside, or by going back.
  const wanted = range?.from ?? null
  const [seen, setSeen] = useState(wanted)
  if (wanted !== seen) {
    setSeen(wanted)
    if (wanted !== null) setTarget({ line: wanted })
  }
  // A new search shows its first match.
  const first = find.found[0]
  const [shownFor, setShownFor] = useState(query)
  if (query !== shownFor && first !== undefined && !find.searching) {
    setShownFor(query)
    setAt(0)
    setTarget({ line: first + 1 })
  }

  const setRange = (next: LineRange) =>
    setSearch(
      (now) => without(now, 'lines', next.from === next.to ? `${next.from}` : `${next.from}-${next.to}`),
      {
        replace: true,
      },
    )
  const move = (step: number) => {
    if (find.found.length === 0) return
    const next = (at + step + find.found.length) % find.found.length
    setAt(next)
    setTarget({ line: (find.found[next] ?? 0) + 1 })
  }
  const keys = (event: KeyboardEvent) => {
    if (event.key === 'Enter') {
      event.preventDefault()
      move(event.shiftKey ? -1 : 1)
    } else if (event.key === 'Escape' && query !== '')
      setSearch((now) => without(now, 'q', ''), { replace: true })
  }
  // The search of the browser sees only the lines in sight, so ours takes its key here.
  useEffect(() => {
    const press = (event: globalThis.KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'f') return
      event.preventDefault()
      field.current?.focus()
      field.current?.select()
    }
    window.addEventListener('keydown', press)
    return () => window.removeEventListener('keydown', press)
  }, [])

  const heads = useMemo(
    () =>
      new Set(
        outline.filter(({ line, last, group }) => last > line && group !== true).map(({ line }) => line),
      ),
    [outline],
  )
  const stanza = useMemo(() => stanzaPath(outline, topLine), [outline, topLine])
  if (lines.length === 0) return <EmptyState title={t.emptyFile} />
  return (
    <div className={styles.frame}>
      <div className={styles.bar} role="search">
        <Input
          ref={field}
          type="search"
          aria-label={t.find}
          placeholder={t.find}
          value={query}
          onChange={(event) => {
            const value = event.target.value
            setSearch((now) => without(now, 'q', value), { replace: true })
          }}
          onKeyDown={keys}
        />
        <Button
          className={classes(styles.toggle, 'mono')}
          aria-pressed={mode === 'regex'}
          aria-label={t.regex}
          title={t.regex}
          onClick={() =>
            setSearch((now) => without(now, 'mode', mode === 'regex' ? '' : 'regex'), { replace: true })
          }
        >
          {t.regexShort}
        </Button>
        <IconButton label={t.previous} icon={<ArrowUp size={15} />} onClick={() => move(-1)} />
        <IconButton label={t.next} icon={<ArrowDown size={15} />} onClick={() => move(1)} />
        <span className={classes(styles.count, find.wrong !== null && styles.wrong)} role="status">
          {find.wrong ??
            (query === ''
              ? ''
              : find.found.length > 0
                ? t.matches(
                    format.number(at + 1),
                    `${format.number(find.found.length)}${find.searching ? '+' : ''}`,
                  )
                : find.searching
                  ? t.searching
                  : t.noMatch)}
        </span>
        <span className={styles.spacer} />
        {range !== null && (
          <>
            <CopyButton label={t.copyLines} text={lines.slice(range.from - 1, range.to).join('\n')} />
            <IconButton
              label={t.copyLink}
              icon={<Link2 size={15} />}
              onClick={() => void navigator.clipboard.writeText(window.location.href)}
            />
          </>
        )}
        {text.secrets.size > 0 && (
          <Button
            className={styles.toggle}
            aria-pressed={hide}
            title={t.hideHint(text.secrets.size)}
            icon={hide ? <EyeOff size={14} /> : <Eye size={14} />}
            onClick={() => setHide(!hide)}
          >
            {t.hide}
          </Button>
        )}
        <GoTo onRange={setRange} />
      </div>
      {text.stored && (
        <Notice>
          {t.stored} {!text.complete && t.incomplete}
        </Notice>
      )}
      {outline.length > 0 && (
        <div className={styles.where}>
          <span>{stanza.map(({ label }) => label).join(' › ')}</span>
          <span>{t.lineCount(format.number(lines.length))}</span>
        </div>
      )}
      <LineViewer
        label={t.lines}
        lines={lines}
        kind={kind}
        marks={marks}
        range={range}
        heads={heads}
        onRange={setRange}
        matcher={find.matcher}
        target={target}
        onTop={(line) => {
          setTopLine(line)
          onTop?.(line)
        }}
      />
    </div>
  )
}
