// SPDX-License-Identifier: Apache-2.0
/* Where questions are written: the text, its files, what is to answer, and whether names may leave. */
import { useQueryClient } from '@tanstack/react-query'
import { ArrowUp, Lock, LockOpen, Paperclip, Square, X } from 'lucide-react'
import {
  useEffect,
  useId,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type ClipboardEvent,
  type DragEvent,
  type Ref,
} from 'react'
import { Link } from 'react-router'
import { ApiError } from '@/api/client'
import { isPending, useFile } from '@/api/queries'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Button, classes, ErrorView, IconButton, Input, Select, useErrorText, useToast } from '@/ui'
import { nameOfKey, type useChoice } from './choice'
import styles from './Composer.module.css'
import { FilePicker, mostFiles } from './FilePicker'
import { chatTexts } from './texts'
import type { Question } from './types'
import { uploadFile } from './upload'

const mostBytes = 32 * 1024
const warnBytes = 28 * 1024

/** On a touch screen the keyboard would cover what one has come to read. */
function hasKeyboard(): boolean {
  return window.matchMedia?.('(hover: hover)').matches ?? true
}

/** What was written and not asked yet, by conversation: one may look elsewhere and come back. */
const drafts = new Map<string, { text: string; files: string[] }>()

export interface ComposerHandle {
  fill: (text: string) => void
}

interface ComposerProps {
  ref?: Ref<ComposerHandle>
  /** Where the draft is kept. */
  place: string
  initial?: { text: string; files: string[] }
  isBusy: boolean
  isPrivate: boolean
  choice: ReturnType<typeof useChoice>
  onPrivate: (isPrivate: boolean) => void
  onAsk: (question: Question) => Promise<void>
  onStop: () => void
}

function Attached({ id, onDetach }: { id: string; onDetach: () => void }) {
  const t = useTexts(chatTexts)
  const file = useFile(id)
  const name = file.data?.original_filename ?? '…'
  return (
    <li className={styles.file}>
      <Paperclip size={12} aria-hidden />
      <code>{name}</code>
      {file.data !== undefined && isPending(file.data) && <span className="muted">{t.analysing}</span>}
      <IconButton label={t.detach(name)} icon={<X size={12} />} onClick={onDetach} />
    </li>
  )
}

/** Uploads what is dropped or pasted, and attaches it. */
function useUploads(attach: (id: string) => void) {
  const t = useTexts(chatTexts)
  const toast = useToast()
  const errorText = useErrorText()
  const queries = useQueryClient()
  const [names, setNames] = useState<string[]>([])
  const upload = async (files: File[]) => {
    for (const file of files.slice(0, mostFiles)) {
      setNames((now) => [...now, file.name])
      try {
        attach((await uploadFile(file)).id)
        void queries.invalidateQueries({ queryKey: ['files'] })
      } catch (error) {
        toast(t.uploadFailed(file.name, errorText(error)))
      } finally {
        setNames((now) => now.toSpliced(now.indexOf(file.name), 1))
      }
    }
  }
  return { names, upload }
}

/** The moment until which the server takes no question, after a 429. */
function useLimit(error: unknown): string | null {
  const [until, setUntil] = useState<string | null>(null)
  useEffect(() => {
    const wait = error instanceof ApiError && error.status === 429 ? error.retryAfter : null
    if (wait === null) return
    const set = setTimeout(() => setUntil(new Date(Date.now() + wait * 1000).toISOString()))
    const clear = setTimeout(() => setUntil(null), wait * 1000)
    return () => {
      clearTimeout(set)
      clearTimeout(clear)
    }
  }, [error])
  return until
}

function Answerer({ choice }: { choice: ComposerProps['choice'] }) {
  const t = useTexts(chatTexts)
  const listId = useId()
  const { choice: chosen, setChoice, keys, models } = choice
  const value = chosen.mode === 'model' ? `key:${chosen.key_id ?? ''}` : chosen.mode
  return (
    <>
      <Select
        className={styles.mode}
        aria-label={t.mode}
        title={t.mode}
        value={value}
        onChange={(event) => {
          const next = event.target.value
          if (next.startsWith('key:')) setChoice({ mode: 'model', key_id: next.slice(4) })
          else setChoice({ mode: next === 'sources' ? 'sources' : 'auto' })
        }}
      >
        <option value="auto">{t.modeAuto}</option>
        <option value="sources">{t.modeSources}</option>
        {keys.map((each) => (
          <option key={each.id} value={`key:${each.id}`}>
            {nameOfKey(each)}
          </option>
        ))}
      </Select>
      {chosen.mode === 'model' && (
        <>
          <Input
            className={styles.model}
            aria-label={t.model}
            placeholder={t.modelDefault}
            list={listId}
            maxLength={100}
            value={chosen.model ?? ''}
            onChange={(event) => {
              const model = event.target.value
              setChoice({ mode: 'model', key_id: chosen.key_id, ...(model === '' ? {} : { model }) })
            }}
          />
          <datalist id={listId}>
            {models.map((model) => (
              <option key={model} value={model} />
            ))}
          </datalist>
        </>
      )}
    </>
  )
}

function AskError({ error, until }: { error: unknown; until: string | null }) {
  const t = useTexts(chatTexts)
  const format = useFormat()
  if (error instanceof ApiError && error.status === 409) return <p role="alert">{t.busyElsewhere}</p>
  if (error instanceof ApiError && error.status === 429)
    return until === null ? null : (
      <p role="alert">
        {t.limitedUntil(format.time(until))} {error.message}
      </p>
    )
  return (
    <>
      <ErrorView error={error} />
      <p className="muted">{t.notSent}</p>
    </>
  )
}

export function Composer(props: ComposerProps) {
  const { ref, place, initial, isBusy, isPrivate, choice, onPrivate, onAsk, onStop } = props
  const t = useTexts(chatTexts)
  const format = useFormat()
  const [text, setText] = useState(() => initial?.text ?? drafts.get(place)?.text ?? '')
  const [files, setFiles] = useState(() => initial?.files ?? drafts.get(place)?.files ?? [])
  const [error, setError] = useState<unknown>(null)
  const [picks, setPicks] = useState(false)
  const [isDropping, setIsDropping] = useState(false)
  const area = useRef<HTMLTextAreaElement>(null)
  const until = useLimit(error)
  const attach = (id: string) =>
    setFiles((now) => (now.includes(id) || now.length >= mostFiles ? now : [...now, id]))
  const { names, upload } = useUploads(attach)

  useImperativeHandle(ref, () => ({
    fill(filled) {
      setText(filled)
      area.current?.focus()
    },
  }))
  useEffect(() => {
    if (text === '' && files.length === 0) drafts.delete(place)
    else drafts.set(place, { text, files })
  }, [place, text, files])
  useLayoutEffect(() => {
    const box = area.current
    if (box === null) return
    box.style.height = 'auto'
    box.style.height = `${Math.min(box.scrollHeight + 2, window.innerHeight * 0.4)}px`
  }, [text])

  const bytes = text.length > warnBytes / 3 ? new TextEncoder().encode(text).length : text.length
  const canAsk = !isBusy && text.trim() !== '' && bytes <= mostBytes && names.length === 0 && until === null
  const ask = async () => {
    if (!canAsk) return
    const asked = { text, files }
    setError(null)
    setText('')
    setFiles([])
    try {
      await onAsk({
        content: text,
        ...(files.length > 0 ? { document_ids: files } : {}),
        ...choice.choice,
      })
    } catch (reason) {
      // When the session has ended, this composer is gone by now.
      if (!drafts.has(place)) drafts.set(place, asked)
      setError(reason)
      setText((now) => (now === '' ? asked.text : now))
      setFiles((now) => (now.length === 0 ? asked.files : now))
    }
  }
  const drop = (event: DragEvent) => {
    event.preventDefault()
    setIsDropping(false)
    void upload([...event.dataTransfer.files])
  }
  const paste = (event: ClipboardEvent) => {
    if (event.clipboardData.files.length === 0) return
    event.preventDefault()
    void upload([...event.clipboardData.files])
  }
  return (
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- files are dropped anywhere; by keyboard there is the button
    <form
      className={classes(styles.composer, isDropping && styles.dropping)}
      onSubmit={(event) => {
        event.preventDefault()
        void ask()
      }}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes('Files')) return
        event.preventDefault()
        setIsDropping(true)
      }}
      onDragLeave={() => setIsDropping(false)}
      onDrop={drop}
    >
      {error !== null && <AskError error={error} until={until} />}
      <div className={styles.box}>
        {(files.length > 0 || names.length > 0) && (
          <ul className={styles.files}>
            {files.map((id) => (
              <Attached key={id} id={id} onDetach={() => setFiles(files.filter((each) => each !== id))} />
            ))}
            {names.map((name, at) => (
              <li key={at} className={styles.file} role="status">
                {t.uploading(name)}
              </li>
            ))}
          </ul>
        )}
        <textarea
          ref={area}
          rows={1}
          autoFocus={hasKeyboard()}
          className={styles.text}
          aria-label={t.questionLabel}
          placeholder={isDropping ? t.dropHere : t.askPlaceholder}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onPaste={paste}
          onKeyDown={(event) => {
            if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
            event.preventDefault()
            void ask()
          }}
        />
        <div className={styles.bar}>
          <IconButton label={t.attach} icon={<Paperclip size={15} />} onClick={() => setPicks(true)} />
          <Button
            kind="quiet"
            className={classes(styles.private, isPrivate && styles.on)}
            aria-pressed={isPrivate}
            aria-label={t.private}
            title={isPrivate ? t.privateOn : t.privateOff}
            icon={isPrivate ? <Lock size={14} /> : <LockOpen size={14} />}
            onClick={() => onPrivate(!isPrivate)}
          >
            <span>{t.private}</span>
          </Button>
          <Answerer choice={choice} />
          <span className={styles.hint}>
            {bytes > warnBytes ? (
              <span className={bytes > mostBytes ? styles.over : undefined} role="status">
                {t.tooLong(format.number(bytes), format.bytes(mostBytes))}
              </span>
            ) : (
              t.askHint
            )}
          </span>
          {isBusy ? (
            <Button icon={<Square size={12} fill="currentColor" />} onClick={onStop}>
              {t.stop}
            </Button>
          ) : (
            <Button type="submit" kind="primary" icon={<ArrowUp size={15} />} disabled={!canAsk}>
              {t.ask}
            </Button>
          )}
        </div>
      </div>
      {choice.hasLoaded && choice.keys.length === 0 && (
        <p className={styles.noKeys}>
          {t.noKeys} <Link to="/account/keys">{t.addKey}</Link>
        </p>
      )}
      {picks && <FilePicker chosen={files} onChange={setFiles} onClose={() => setPicks(false)} />}
    </form>
  )
}
