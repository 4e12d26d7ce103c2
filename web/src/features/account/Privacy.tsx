// SPDX-License-Identifier: Apache-2.0
/* What others may see of the account and what they did, the export of its data, and its end. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { api, ApiError, data, download } from '@/api/client'
import { useSession } from '@/api/session'
import { useTexts } from '@/i18n'
import {
  Badge,
  Button,
  Dialog,
  ErrorView,
  Field,
  Input,
  Loading,
  Notice,
  Panel,
  Select,
  Time,
  useToast,
} from '@/ui'
import styles from './account.module.css'
import { actionText, actorTexts, auditTexts } from './actions'
import { originOf } from './device'
import { sendPassword } from './sendPassword'
import { accountTexts } from './texts'

export interface Consent {
  id: string
  scope: 'documents' | 'conversations'
  reason: string | null
  created_at: string
  expires_at: string
  withdrawn_at: string | null
}

interface AuditEntry {
  sequence: number
  at: string
  actor_kind: 'administrator' | 'operator' | 'user' | 'system'
  action: string
  subject: string | null
  reason: string | null
  /* Of the user's own acts. */
  address: string | null
  user_agent: string | null
}

export function isOpen(consent: Consent, now = Date.now()): boolean {
  return consent.withdrawn_at === null && Date.parse(consent.expires_at) > now
}

const durations = [15, 60, 240, 1440, 10_080, 43_200]

function Consents() {
  const t = useTexts(accountTexts)
  const queries = useQueryClient()
  const [scope, setScope] = useState<Consent['scope']>('documents')
  const [minutes, setMinutes] = useState(60)
  const [reason, setReason] = useState('')
  const again = () => queries.invalidateQueries({ queryKey: ['consents'] })
  const list = useQuery({
    queryKey: ['consents'],
    queryFn: async () => {
      const page = await data(api.GET('/api/v1/users/me/consents', { params: { query: { limit: 20 } } }))
      return page.items as unknown as Consent[]
    },
    refetchInterval: 60_000,
  })
  const give = useMutation({
    mutationFn: () =>
      api.POST('/api/v1/users/me/consents', {
        body: { scope, minutes, ...(reason.trim() === '' ? {} : { reason: reason.trim() }) },
      }),
    onSuccess: async () => {
      setReason('')
      await again()
    },
  })
  const withdraw = useMutation({
    mutationFn: (id: string) => api.DELETE('/api/v1/users/me/consents/{id}', { params: { path: { id } } }),
    onSettled: again,
  })
  const scopeText = { documents: t.scopeDocuments, conversations: t.scopeConversations }
  const failed = give.error ?? withdraw.error ?? list.error
  return (
    <Panel title={t.consents} flush>
      <div className={`${styles.inset ?? ''} ${styles.stack ?? ''}`}>
        <p>{t.consentsText}</p>
        <form
          className={styles.inline}
          onSubmit={(event) => {
            event.preventDefault()
            give.mutate()
          }}
        >
          <Field label={t.consentScope}>
            <Select value={scope} onChange={(event) => setScope(event.target.value as Consent['scope'])}>
              <option value="documents">{t.scopeDocuments}</option>
              <option value="conversations">{t.scopeConversations}</option>
            </Select>
          </Field>
          <Field label={t.duration}>
            <Select value={minutes} onChange={(event) => setMinutes(Number(event.target.value))}>
              {durations.map((one) => (
                <option key={one} value={one}>
                  {one < 60 ? t.minutes(one) : one < 1440 ? t.hours(one / 60) : t.days(one / 1440)}
                </option>
              ))}
            </Select>
          </Field>
          <Field label={t.optional(t.reason)}>
            <Input value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
          </Field>
          <Button type="submit" busy={give.isPending}>
            {t.consent}
          </Button>
        </form>
        {failed !== null && <ErrorView error={failed} />}
      </div>
      {list.data !== undefined && list.data.length > 0 && (
        <ul className={`${styles.rows ?? ''} ${styles.ruled ?? ''}`}>
          {list.data.map((one) => (
            <li key={one.id} className={styles.row}>
              <div className={styles.grow}>
                <strong>{scopeText[one.scope]}</strong>{' '}
                {isOpen(one) ? (
                  <Badge tone="warning">{t.open}</Badge>
                ) : (
                  <Badge>{one.withdrawn_at === null ? t.ended : t.withdrawn}</Badge>
                )}
                <div className="muted">
                  {t.given} <Time at={one.created_at} />
                  {' · '}
                  {one.withdrawn_at === null ? t.until : t.withdrawn}{' '}
                  <Time at={one.withdrawn_at ?? one.expires_at} />
                  {one.reason !== null && ` · ${one.reason}`}
                </div>
              </div>
              {isOpen(one) && (
                <Button
                  kind="danger"
                  busy={withdraw.isPending && withdraw.variables === one.id}
                  onClick={() => withdraw.mutate(one.id)}
                >
                  {t.withdraw}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Panel>
  )
}

function Audit() {
  const t = useTexts(accountTexts)
  const actions = useTexts(auditTexts)
  const actors = useTexts(actorTexts)
  const list = useInfiniteQuery({
    queryKey: ['audit'],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      data(
        api.GET('/api/v1/users/me/audit', {
          params: { query: { limit: 20, ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })
  const entries = (list.data?.pages.flatMap((page) => page.items) ?? []) as unknown as AuditEntry[]
  return (
    <Panel title={t.audit} flush>
      {list.isError ? (
        <ErrorView error={list.error} retry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading />
      ) : (
        <ul className={styles.rows}>
          {entries.map((entry) => (
            <li key={entry.sequence} className={styles.row}>
              <div className={styles.grow}>
                <strong>{actionText(actions, entry.action)}</strong>
                {entry.subject !== null && <span className="muted mono">{` ${entry.subject}`}</span>}
                {entry.reason !== null && <div className="muted">{entry.reason}</div>}
                {entry.address !== null && (
                  <div className="muted" title={entry.user_agent ?? undefined}>
                    {originOf(entry.user_agent ?? '', entry.address)}
                  </div>
                )}
              </div>
              <Badge tone={entry.actor_kind === 'administrator' ? 'warning' : 'plain'}>
                {actors[entry.actor_kind]}
              </Badge>
              <span className="muted">
                <Time at={entry.at} />
              </span>
            </li>
          ))}
        </ul>
      )}
      {list.hasNextPage && (
        <div className={styles.moreRow}>
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t.older}
          </Button>
        </div>
      )}
    </Panel>
  )
}

function Export() {
  const t = useTexts(accountTexts)
  const toast = useToast()
  const run = useMutation({
    mutationFn: () => download('/api/v1/users/me/export', 'netguru-export.tar'),
    onSuccess: () => toast(t.exported),
  })
  return (
    <Panel title={t.export}>
      <div className={styles.stack}>
        <p>{t.exportText}</p>
        {run.isError && <ErrorView error={run.error} />}
        <div>
          <Button icon={<Download size={15} />} busy={run.isPending} onClick={() => run.mutate()}>
            {t.exportDo}
          </Button>
        </div>
      </div>
    </Panel>
  )
}

function CloseDialog({ onClose }: { onClose: () => void }) {
  const t = useTexts(accountTexts)
  const [password, setPassword] = useState('')
  const close = useMutation({
    mutationFn: () => sendPassword<{ erase_after: string }>('/api/v1/users/me/erase', { password }),
  })
  const session = useSession()
  const leave = () => void session.signOut()
  if (close.isSuccess)
    return (
      <Dialog title={t.closed} onClose={leave}>
        <p>
          {t.closedText} <Time at={close.data?.erase_after} />
        </p>
        <div>
          <Button kind="primary" onClick={leave}>
            {t.leave}
          </Button>
        </div>
      </Dialog>
    )
  const wrong = close.error instanceof ApiError && close.error.status === 401
  return (
    <Dialog title={t.close} onClose={onClose}>
      <form
        className={styles.stack}
        onSubmit={(event) => {
          event.preventDefault()
          close.mutate()
        }}
      >
        <Notice tone="error">{t.closeWarning}</Notice>
        <Field label={t.oldPassword} error={wrong ? t.wrongPassword : null}>
          <Input
            type="password"
            required
            autoFocus
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </Field>
        {close.isError && !wrong && <ErrorView error={close.error} />}
        <div className={styles.acts}>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button type="submit" kind="danger" busy={close.isPending} disabled={password === ''}>
            {t.closeDo}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

export function Privacy() {
  const t = useTexts(accountTexts)
  const [closing, setClosing] = useState(false)
  return (
    <>
      <Consents />
      <Audit />
      <Export />
      <Panel title={t.close}>
        <div className={styles.stack}>
          <p>{t.closeText}</p>
          <div>
            <Button kind="danger" onClick={() => setClosing(true)}>
              {t.close}
            </Button>
          </div>
        </div>
      </Panel>
      {closing && <CloseDialog onClose={() => setClosing(false)} />}
    </>
  )
}
