// SPDX-License-Identifier: Apache-2.0
/* An answer: its text, the sources it rests on, how it was made, and what can be done with it. */
import { CircleAlert, FileText, Info, KeyRound, RefreshCw, Send, ThumbsDown, ThumbsUp } from 'lucide-react'
import { memo, useCallback, useState } from 'react'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Button, CopyButton, IconButton, Input, LinkButton, useErrorText, useToast } from '@/ui'
import { placeOf } from './citations'
import type { LiveAnswer } from './live'
import { Markdown } from './Markdown'
import styles from './Message.module.css'
import { giveFeedback } from './queries'
import { SentDialog } from './SentDialog'
import { chatTexts } from './texts'
import { ToolCalls } from './ToolCalls'
import type { AnswerState, Citation, Message } from './types'
import { Versions } from './Versions'

const fewSources = 8

function Sources({
  citations,
  cited,
  onCite,
}: {
  citations: Citation[]
  cited: number | null
  onCite: (n: number) => void
}) {
  const t = useTexts(chatTexts)
  const [isWhole, setIsWhole] = useState(citations.length <= fewSources)
  if (citations.length === 0) return null
  const shown = isWhole ? citations : citations.slice(0, fewSources)
  return (
    <ul className={styles.sources} aria-label={t.sources}>
      {shown.map((citation) => (
        <li key={citation.n}>
          <button
            type="button"
            className={styles.source}
            data-cite={citation.n}
            aria-pressed={cited === citation.n}
            title={citation.quote}
            onClick={() => onCite(citation.n)}
          >
            <span>{citation.n}</span>
            <code>{placeOf(citation)}</code>
          </button>
        </li>
      ))}
      {!isWhole && (
        <li>
          <Button kind="quiet" className={styles.small} onClick={() => setIsWhole(true)}>
            {t.showAllSources(citations.length)}
          </Button>
        </li>
      )}
    </ul>
  )
}

/** How the answer was made and what it cost, as far as the server tells it. */
function useParticulars(message: Message): string[] {
  const t = useTexts(chatTexts)
  const format = useFormat()
  const { metadata } = message
  const { details } = metadata
  const parts: string[] = []
  if (details?.mode === 'sources') parts.push(t.noModel)
  if (details?.mode === 'sources' && details.found === false) parts.push(t.notFoundInSources)
  if (metadata.model !== undefined && details?.mode !== 'sources')
    parts.push([metadata.provider, metadata.model].filter(Boolean).join(' · '))
  if (metadata.tokens_in !== undefined)
    parts.push(t.tokens(format.number(metadata.tokens_in), format.number(metadata.tokens_out ?? 0)))
  if (metadata.tokens_cached) parts.push(t.tokensCached(format.number(metadata.tokens_cached)))
  if (metadata.cost_micros) parts.push(format.money(metadata.cost_micros / 1e6))
  if (details?.has_standins === true) parts.push(t.standinsShort)
  if (details?.citations_dropped) parts.push(t.dropped(details.citations_dropped))
  if (details?.links_denied) parts.push(t.linksDenied(details.links_denied))
  return parts
}

function Feedback({ message }: { message: Message }) {
  const t = useTexts(chatTexts)
  const toast = useToast()
  const errorText = useErrorText()
  const [value, setValue] = useState(message.feedback ?? 0)
  const [note, setNote] = useState(message.feedback_note ?? '')
  const [asksNote, setAsksNote] = useState(false)
  const rate = async (next: -1 | 0 | 1, words?: string) => {
    const former = value
    setValue(next)
    setAsksNote(next === -1 && words === undefined)
    try {
      await giveFeedback(message.id, next, words)
      if (words !== undefined) toast(t.thanks)
    } catch (error) {
      setValue(former)
      toast(errorText(error))
    }
  }
  return (
    <>
      <IconButton
        label={t.good}
        icon={<ThumbsUp size={14} />}
        className={value === 1 ? styles.chosen : undefined}
        aria-pressed={value === 1}
        onClick={() => void rate(value === 1 ? 0 : 1)}
      />
      <IconButton
        label={t.bad}
        icon={<ThumbsDown size={14} />}
        className={value === -1 ? styles.chosen : undefined}
        aria-pressed={value === -1}
        onClick={() => void rate(value === -1 ? 0 : -1)}
      />
      {asksNote && (
        <form
          className={styles.note}
          onSubmit={(event) => {
            event.preventDefault()
            void rate(-1, note.trim())
          }}
        >
          <Input
            autoFocus
            aria-label={t.note}
            placeholder={t.note}
            maxLength={500}
            value={note}
            onChange={(event) => setNote(event.target.value)}
            onKeyDown={(event) => {
              if (event.key === 'Escape') setAsksNote(false)
            }}
          />
          <Button type="submit">{t.sendNote}</Button>
        </form>
      )}
    </>
  )
}

interface EndedProps {
  state: AnswerState
  reason: string | null
  canAsk: boolean
  onAgain: () => void
  onWithoutModel: () => void
}

/** Why there is no whole answer, and what can be done about it. */
function Ended({ state, reason, canAsk, onAgain, onWithoutModel }: EndedProps) {
  const t = useTexts(chatTexts)
  if (state === 'complete' || state === 'streaming') return null
  const text =
    state === 'failed'
      ? t.failed(reason ?? t.unknownReason)
      : state === 'cancelled'
        ? t.cancelled
        : t.interrupted
  return (
    <div className={styles.ended} data-state={state} role={state === 'failed' ? 'alert' : undefined}>
      {state === 'failed' ? <CircleAlert size={15} aria-hidden /> : <Info size={15} aria-hidden />}
      <p>{text}</p>
      <Button icon={<RefreshCw size={13} />} disabled={!canAsk} onClick={onAgain}>
        {t.again}
      </Button>
      {state === 'failed' && (
        <>
          <Button icon={<FileText size={13} />} disabled={!canAsk} onClick={onWithoutModel}>
            {t.withoutModel}
          </Button>
          {/key/i.test(reason ?? '') && (
            <LinkButton to="/account/keys" icon={<KeyRound size={13} />}>
              {t.manageKeys}
            </LinkButton>
          )}
        </>
      )}
    </div>
  )
}

interface AnswerViewProps {
  message: Message
  live: LiveAnswer | undefined
  isHit: boolean
  cited: number | null
  canAsk: boolean
  onCite: (message: string, n: number) => void
  onAgain: (message: Message) => void
  onWithoutModel: (message: Message) => void
  onSwitch: (message: Message, sibling: string) => void
}

export const AnswerView = memo(function AnswerView(props: AnswerViewProps) {
  const { message, live, isHit, cited, canAsk, onCite, onAgain, onWithoutModel, onSwitch } = props
  const t = useTexts(chatTexts)
  const [showsSent, setShowsSent] = useState(false)
  const particulars = useParticulars(message)
  const isFinal = message.state !== 'streaming'
  const text = isFinal ? message.content : (live?.text ?? message.content)
  const citations = (isFinal ? message.metadata.citations : live?.citations) ?? []
  const state = isFinal ? message.state : (live?.state ?? 'streaming')
  const cite = useCallback((n: number) => onCite(message.id, n), [onCite, message.id])
  return (
    <li
      className={styles.answer}
      id={`message-${message.id}`}
      data-hit={isHit}
      aria-busy={state === 'streaming'}
    >
      <h2 className="visually-hidden">{t.answer}</h2>
      {live?.notices.map((notice) => (
        <p key={notice} className={styles.notice}>
          <Info size={13} aria-hidden />
          {notice}
        </p>
      ))}
      <ToolCalls
        message={message.id}
        calls={live?.calls ?? []}
        count={isFinal ? (message.metadata.details?.tool_calls ?? 0) : (live?.calls.length ?? 0)}
        isFinal={isFinal}
      />
      <Markdown text={text} citations={citations} onCite={cite} cited={cited} />
      {state === 'streaming' && (
        <p className={styles.writing}>
          <span className={styles.dot} aria-hidden />
          {text === '' ? t.thinking : t.writing}
        </p>
      )}
      <Sources key={String(isFinal)} citations={citations} cited={cited} onCite={cite} />
      <Ended
        state={state}
        reason={isFinal ? (message.reason ?? null) : (live?.reason ?? null)}
        canAsk={canAsk}
        onAgain={() => onAgain(message)}
        onWithoutModel={() => onWithoutModel(message)}
      />
      {isFinal && (
        <div className={styles.tools}>
          <Versions message={message} onSwitch={onSwitch} />
          <CopyButton text={text} label={t.copyAnswer} />
          <IconButton
            label={t.again}
            icon={<RefreshCw size={14} />}
            disabled={!canAsk}
            onClick={() => onAgain(message)}
          />
          <Feedback message={message} />
          <IconButton label={t.whatWasSent} icon={<Send size={14} />} onClick={() => setShowsSent(true)} />
          <span className={styles.particulars}>{particulars.join(' · ')}</span>
        </div>
      )}
      {showsSent && <SentDialog message={message.id} onClose={() => setShowsSent(false)} />}
    </li>
  )
})
