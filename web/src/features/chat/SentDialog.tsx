// SPDX-License-Identifier: Apache-2.0
/* Exactly what left for the provider of a model, request by request. */
import { useMemo } from 'react'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { CopyButton, Dialog, ErrorView, Loading } from '@/ui'
import { useSent } from './queries'
import styles from './SentDialog.module.css'
import { chatTexts } from './texts'

interface Entry {
  request?: unknown
  text?: string
  keeps?: number
}
interface Sent {
  provider?: string
  model?: string
  requests?: Entry[]
  /** The same for the key that was tried before. */
  before?: Sent
  title?: Entry
  is_too_large?: boolean
}

/** So much of a request is drawn; the rest is there to be copied. */
const shownCharacters = 200_000

function EntryView({ entry, name }: { entry: Entry; name: string }) {
  const t = useTexts(chatTexts)
  const format = useFormat()
  const text = useMemo(() => entry.text ?? JSON.stringify(entry.request, null, 2), [entry])
  return (
    <details className={styles.entry}>
      <summary>
        <strong>{name}</strong>
        <span className="muted">
          {format.bytes(text.length)}
          {entry.keeps !== undefined && ` · ${t.keepsItems(entry.keeps)}`}
        </span>
        <CopyButton text={text} />
      </summary>
      {text.length > shownCharacters && (
        <p className="muted">{t.shortened(format.bytes(shownCharacters), format.bytes(text.length))}</p>
      )}
      <pre tabIndex={0}>{text.slice(0, shownCharacters)}</pre>
    </details>
  )
}

function SentView({ sent }: { sent: Sent | null }) {
  const t = useTexts(chatTexts)
  if (sent === null) return <p>{t.nothingSent}</p>
  if (sent.is_too_large === true) return <p>{t.sentTooLarge}</p>
  const before: Sent[] = []
  for (let each = sent.before; each !== undefined; each = each.before) before.unshift(each)
  return (
    <>
      <p>{t.sentTo(sent.model ?? '', sent.provider ?? '')}</p>
      {before.flatMap((attempt, tried) =>
        (attempt.requests ?? []).map((entry, at) => (
          <EntryView key={`${tried}.${at}`} entry={entry} name={t.requestBefore(at + 1)} />
        )),
      )}
      {(sent.requests ?? []).map((entry, at) => (
        <EntryView key={at} entry={entry} name={t.request(at + 1)} />
      ))}
      {sent.title !== undefined && <EntryView entry={sent.title} name={t.requestTitle} />}
    </>
  )
}

export function SentDialog({ message, onClose }: { message: string; onClose: () => void }) {
  const t = useTexts(chatTexts)
  const sent = useSent(message)
  return (
    <Dialog title={t.whatWasSentTitle} onClose={onClose}>
      {sent.isPending ? (
        <Loading />
      ) : sent.isError ? (
        <ErrorView error={sent.error} retry={() => void sent.refetch()} />
      ) : (
        <SentView sent={sent.data.sent ?? null} />
      )}
    </Dialog>
  )
}
