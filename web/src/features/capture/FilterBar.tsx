// SPDX-License-Identifier: Apache-2.0
/*
 * The line in which a filter is written: it says what is wrong and where, and suggests what may
 * follow. A filter without a fault applies at once; the address has it a moment later.
 */
import { CircleHelp, X } from 'lucide-react'
import { useEffect, useId, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { useTexts } from '@/i18n'
import { classes, IconButton, Input } from '@/ui'
import styles from './capture.module.css'
import { FilterHelp } from './FilterHelp'
import { FilterError, parseFilter, type Expression } from './filter/parse'
import { suggest, type Suggestion } from './filter/suggest'
import { fieldTexts } from './fieldTexts'
import { captureTexts } from './texts'

export type Reading = { filter: Expression | null; error: null } | { filter: null; error: FilterError }

export function readFilter(text: string): Reading {
  try {
    return { filter: parseFilter(text), error: null }
  } catch (error) {
    if (error instanceof FilterError) return { filter: null, error }
    throw error
  }
}

function useFaultText(): (error: FilterError) => string {
  const t = useTexts(captureTexts)
  return (error) => {
    const said = t[error.fault]
    const text = typeof said === 'string' ? said : said(error.found)
    return error.hint === undefined ? text : `${text} ${t.didYouMean(error.hint)}`
  }
}

function Fault({ id, text, error }: { id: string; text: string; error: FilterError }) {
  const faultText = useFaultText()
  const end = error.at + Math.max(1, error.length)
  return (
    <div id={id} className={styles.fault} role="status">
      <code aria-hidden>
        {text.slice(0, error.at)}
        <mark>{text.slice(error.at, end) || ' '}</mark>
        {text.slice(end)}
      </code>
      <span>{faultText(error)}</span>
    </div>
  )
}

function SuggestionList({
  id,
  items,
  active,
  onChoose,
}: {
  id: string
  items: Suggestion[]
  active: number
  onChoose: (index: number) => void
}) {
  const t = useTexts(captureTexts)
  const about = useTexts(fieldTexts)
  const list = useRef<HTMLDivElement>(null)
  useEffect(() => {
    list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' })
  }, [active])
  return (
    <div id={id} ref={list} role="listbox" aria-label={t.suggestions} className={styles.suggestions}>
      {items.map((item, i) => (
        // eslint-disable-next-line jsx-a11y/click-events-have-key-events -- the line has the keys
        <div
          key={item.text}
          id={`${id}-${i}`}
          role="option"
          tabIndex={-1}
          aria-selected={i === active}
          // The line keeps the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onChoose(i)}
        >
          <code>{item.text}</code>
          {item.field?.name === item.text && (
            <span className="muted">{about[item.field.name as keyof typeof about]}</span>
          )}
        </div>
      ))}
    </div>
  )
}

/** The text of the line: what is being written, until the address changes by something else. */
function useDraft(value: string, onChange: (text: string) => void) {
  const [draft, setDraft] = useState({ of: value, text: value })
  const text = draft.of === value ? draft.text : value
  const isValid = readFilter(text).error === null
  useEffect(() => {
    if (text === value || !isValid) return
    const timer = setTimeout(() => {
      setDraft({ of: text, text })
      onChange(text)
    }, 250)
    return () => clearTimeout(timer)
  }, [text, value, isValid, onChange])
  return [text, (next: string) => setDraft({ of: value, text: next })] as const
}

export function FilterBar({
  value,
  onChange,
  withClosing,
}: {
  value: string
  onChange: (text: string) => void
  withClosing: boolean
}) {
  const t = useTexts(captureTexts)
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useDraft(value, onChange)
  const [caret, setCaret] = useState(value.length)
  const [toCaret, setToCaret] = useState<number | null>(null)
  const [open, setOpen] = useState(false)
  const [active, setActive] = useState(-1)
  const [help, setHelp] = useState(false)
  const { error } = readFilter(text)
  const found = useMemo(() => suggest(text, caret, withClosing), [text, caret, withClosing])
  const isOpen = open && found.items.length > 0

  // What a suggestion has put in moves the caret behind it, once the line has the new text.
  useLayoutEffect(() => {
    if (toCaret !== null) input.current?.setSelectionRange(toCaret, toCaret)
  }, [toCaret])

  const choose = (index: number) => {
    const item = found.items[index]
    if (item === undefined) return
    const next = `${text.slice(0, found.from)}${item.text} ${text.slice(found.to).replace(/^ /, '')}`
    const at = found.from + item.text.length + 1
    setText(next)
    setCaret(at)
    setToCaret(at)
    setActive(-1)
  }
  const write = (next: string, at: number) => {
    setText(next)
    setCaret(at)
    setToCaret(null)
    setActive(-1)
    setOpen(true)
  }
  const press = (event: KeyboardEvent) => {
    const count = found.items.length
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      const step = event.key === 'ArrowDown' ? 1 : -1
      setActive(isOpen ? (active + step + count + (active < 0 && step < 0 ? 1 : 0)) % count : 0)
      setOpen(true)
    } else if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault()
      setOpen(true)
    } else if (event.key === 'Enter') {
      if (isOpen && active >= 0) choose(active)
      else {
        setOpen(false)
        if (error === null) onChange(text)
      }
    } else if (event.key === 'Escape' && isOpen) {
      event.stopPropagation()
      setOpen(false)
    }
  }
  return (
    <div className={styles.filterBar}>
      <div className={styles.filterLine}>
        <Input
          ref={input}
          className={classes(styles.filterInput, error !== null && !isOpen && styles.faulty)}
          role="combobox"
          aria-label={t.filter}
          aria-autocomplete="list"
          aria-expanded={isOpen}
          aria-controls={isOpen ? `${id}list` : undefined}
          aria-activedescendant={isOpen && active >= 0 ? `${id}list-${active}` : undefined}
          aria-invalid={error !== null}
          aria-describedby={error === null ? undefined : `${id}fault`}
          placeholder={t.filterHint}
          spellCheck={false}
          autoCapitalize="off"
          autoComplete="off"
          value={text}
          onChange={(event) =>
            write(event.target.value, event.target.selectionStart ?? event.target.value.length)
          }
          onSelect={(event) => setCaret(event.currentTarget.selectionStart ?? 0)}
          onKeyDown={press}
          onBlur={() => setOpen(false)}
        />
        {isOpen && <SuggestionList id={`${id}list`} items={found.items} active={active} onChoose={choose} />}
        {text !== '' && (
          <IconButton
            label={t.clearFilter}
            icon={<X size={15} />}
            onClick={() => {
              write('', 0)
              setOpen(false)
              onChange('')
              input.current?.focus()
            }}
          />
        )}
        <IconButton label={t.filterHelp} icon={<CircleHelp size={16} />} onClick={() => setHelp(true)} />
      </div>
      {error !== null && !isOpen && <Fault id={`${id}fault`} text={text} error={error} />}
      {help && <FilterHelp withClosing={withClosing} onClose={() => setHelp(false)} />}
    </div>
  )
}
