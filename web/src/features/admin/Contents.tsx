// SPDX-License-Identifier: Apache-2.0
/* Contents of a user: only under a consent and for a reason, and the user reads of every look. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, Button, Dialog, ErrorView, Field, Input, Notice, Panel, Time } from '@/ui'
import styles from './admin.module.css'
import { get, type UserDetail } from './api'
import { adminTexts } from './texts'

interface Listed {
  id: string
  original_filename?: string
  file_type?: string
  file_size_bytes?: number
  status?: string
  title?: string
  message_count?: number
  created_at: string
}
interface Page<T> {
  items: T[]
  next_cursor: string | null
}
interface Message {
  id: string
  role: string
  content: string
  created_at: string
}
interface Chunks {
  chunks: { chunk_index: number; chunk_text: string }[]
}
type Scope = 'documents' | 'conversations'

function ContentDialog({
  path,
  scope,
  reason,
  item,
  onClose,
}: {
  path: string
  scope: Scope
  reason: string
  item: Listed
  onClose: () => void
}) {
  const t = useTexts(adminTexts)
  const [parts, setParts] = useState<{ key: string; head: string | null; text: string }[]>([])
  const [next, setNext] = useState<string | null>('')
  const load = useMutation({
    mutationFn: async () => {
      if (scope === 'documents') {
        const from = parts.length === 0 ? 0 : Number(parts.at(-1)?.key) + 1
        const { chunks } = await get<Chunks>(`${path}/${item.id}/text`, { reason, from })
        setParts([
          ...parts,
          ...chunks.map((chunk) => ({
            key: String(chunk.chunk_index),
            head: null,
            text: chunk.chunk_text,
          })),
        ])
        setNext(chunks.length === 0 ? null : 'more')
      } else {
        const page = await get<Page<Message>>(`${path}/${item.id}/messages`, {
          reason,
          cursor: next ?? undefined,
        })
        setParts([
          ...parts,
          ...page.items.map((message) => ({
            key: message.id,
            head: message.role,
            text: message.content,
          })),
        ])
        setNext(page.next_cursor)
      }
    },
  })
  return (
    <Dialog title={item.original_filename ?? item.title ?? ''} onClose={onClose}>
      {parts.map((part) => (
        <div key={part.key}>
          {part.head !== null && <h3>{part.head}</h3>}
          <pre className={styles.text}>{part.text}</pre>
        </div>
      ))}
      {load.isError && <ErrorView error={load.error} />}
      {next !== null && (
        <Button busy={load.isPending} onClick={() => load.mutate()}>
          {parts.length === 0 ? t.read : t.more}
        </Button>
      )}
    </Dialog>
  )
}

function ContentList({ user, scope }: { user: UserDetail; scope: Scope }) {
  const t = useTexts(adminTexts)
  const format = useFormat()
  const [reason, setReason] = useState('')
  const [items, setItems] = useState<Listed[] | null>(null)
  const [cursor, setCursor] = useState<string | null>(null)
  const [shown, setShown] = useState<Listed | null>(null)
  const path = `users/${user.id}/${scope}`
  const load = useMutation({
    mutationFn: async (from: string | null) => {
      const page = await get<Page<Listed>>(path, {
        reason: reason.trim(),
        limit: 100,
        cursor: from ?? undefined,
      })
      setItems(from === null ? page.items : [...(items ?? []), ...page.items])
      setCursor(page.next_cursor)
    },
  })
  return (
    <div className={styles.stack}>
      <form
        className={styles.inline}
        onSubmit={(event) => {
          event.preventDefault()
          load.mutate(null)
        }}
      >
        <Field label={t.reason}>
          <Input
            value={reason}
            required
            maxLength={500}
            onChange={(event) => setReason(event.target.value)}
          />
        </Field>
        <Button type="submit" busy={load.isPending} disabled={reason.trim() === ''}>
          {scope === 'documents' ? t.listDocuments : t.listConversations}
        </Button>
      </form>
      {load.isError && <ErrorView error={load.error} />}
      {items?.length === 0 && <p className="muted">{t.nothing}</p>}
      {items !== null && items.length > 0 && (
        <ul className={styles.rows}>
          {items.map((item) => (
            <li key={item.id} className={styles.row}>
              <button type="button" className={styles.link} onClick={() => setShown(item)}>
                {item.original_filename ?? item.title}
              </button>
              <span className="muted">
                {item.file_type !== undefined && `${item.file_type} · `}
                {item.file_size_bytes !== undefined && `${format.bytes(item.file_size_bytes)} · `}
                <Time at={item.created_at} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {cursor !== null && (
        <Button busy={load.isPending} onClick={() => load.mutate(cursor)}>
          {t.more}
        </Button>
      )}
      {shown !== null && (
        <ContentDialog
          path={path}
          scope={scope}
          reason={reason.trim()}
          item={shown}
          onClose={() => setShown(null)}
        />
      )}
    </div>
  )
}

export function Contents({ user }: { user: UserDetail }) {
  const t = useTexts(adminTexts)
  const name = { documents: t.documents, conversations: t.conversations }
  return (
    <Panel title={t.contents}>
      <div className={styles.stack}>
        <Notice tone={user.consents.length > 0 ? 'warning' : 'plain'}>
          {user.consents.length === 0 ? t.noConsent : t.underConsent}
        </Notice>
        {user.consents.map((consent) => (
          <div key={consent.id} className={styles.stack}>
            <p>
              <Badge tone="warning">{name[consent.scope]}</Badge> {t.until} <Time at={consent.expires_at} />
            </p>
            <ContentList user={user} scope={consent.scope} />
          </div>
        ))}
      </div>
    </Panel>
  )
}
