// SPDX-License-Identifier: Apache-2.0
import { useState, type ReactNode } from 'react'
import { Link } from 'react-router'
import type { Schemas } from '@/api/client'
import { useAccount } from '@/api/session'
import { deviceOf } from '@/features/account/device'
import { DayTable, ModelTable } from '@/features/account/UsageTables'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Button, ErrorView, Facts, Field, Loading, Panel, Select, Time } from '@/ui'
import styles from './admin.module.css'
import { send, useRecord, withReason, type Plan, type UserDetail } from './api'
import { Contents } from './Contents'
import { ActDialog, UserState } from './parts'
import { adminTexts } from './texts'

interface Usage {
  days: Schemas['Usage']['days']
  models: Omit<Schemas['Usage']['models'][number], 'cost_micros'>[]
}
const usageDays = 30

function SessionsPanel({ id }: { id: string }) {
  const t = useTexts(adminTexts)
  const sessions = useRecord<{ items: Schemas['Session'][] }>(`users/${id}/sessions`)
  const [ending, setEnding] = useState<string | null>(null)
  return (
    <Panel
      title={t.sessions}
      flush
      actions={
        <Button kind="danger" disabled={sessions.data?.items.length === 0} onClick={() => setEnding('')}>
          {t.endAll}
        </Button>
      }
    >
      {sessions.isError ? (
        <ErrorView error={sessions.error} retry={() => void sessions.refetch()} />
      ) : sessions.isPending ? (
        <Loading />
      ) : sessions.data.items.length === 0 ? (
        <p className={styles.inset}>{t.noSessions}</p>
      ) : (
        <ul className={styles.rows}>
          {sessions.data.items.map((session) => (
            <li key={session.id} className={styles.row}>
              <span className={styles.grow} title={session.user_agent}>
                {deviceOf(session.user_agent)} <span className="muted mono">{session.address}</span>
              </span>
              <span className="muted">
                {t.lastUsed} <Time at={session.last_seen_at} relative />
              </span>
              <Button
                aria-label={`${t.end}: ${deviceOf(session.user_agent)} ${session.address}`}
                onClick={() => setEnding(session.id)}
              >
                {t.end}
              </Button>
            </li>
          ))}
        </ul>
      )}
      {ending !== null && (
        <ActDialog
          title={ending === '' ? t.endAll : t.endOne}
          action={t.end}
          text={t.endText}
          run={async (reason) => {
            const one = ending === '' ? '' : `/${ending}`
            await send('DELETE', `users/${id}/sessions${one}`, undefined, withReason(reason))
            return t.sessionsEnded
          }}
          onClose={() => setEnding(null)}
        />
      )}
    </Panel>
  )
}

function UsagePanel({ id }: { id: string }) {
  const t = useTexts(adminTexts)
  const format = useFormat()
  const usage = useRecord<Usage>(`users/${id}/usage`, { days: usageDays })
  return (
    <Panel title={t.usage(format.number(usageDays))} flush>
      {usage.isError ? (
        <ErrorView error={usage.error} retry={() => void usage.refetch()} />
      ) : usage.isPending ? (
        <Loading />
      ) : usage.data.days.length === 0 ? (
        <p className={styles.inset}>{t.noUsage}</p>
      ) : (
        <>
          <ModelTable models={usage.data.models} />
          <DayTable days={usage.data.days} />
        </>
      )}
    </Panel>
  )
}

type Act = 'plan' | 'disable' | 'enable' | 'erase'

function Acts({ user }: { user: UserDetail }) {
  const t = useTexts(adminTexts)
  const account = useAccount()
  const [act, setAct] = useState<Act | null>(null)
  const [plan, setPlan] = useState<Plan>(user.plan_tier)
  const [now, setNow] = useState(false)
  const isMe = account.data?.id === user.id
  const path = `users/${user.id}`
  const change = (body: Record<string, unknown>) => async (reason: string) => {
    await send('PATCH', path, { ...body, ...withReason(reason) })
    return t.changed
  }
  const close = () => setAct(null)
  return (
    <div className={styles.acts}>
      <Button onClick={() => setAct('plan')}>{t.changePlan}</Button>
      {user.closed_at === null && (
        <Button disabled={isMe} onClick={() => setAct(user.is_active ? 'disable' : 'enable')}>
          {user.is_active ? t.disable : t.enable}
        </Button>
      )}
      <Button kind="danger" disabled={isMe} onClick={() => setAct('erase')}>
        {t.erase}
      </Button>
      {isMe && <small className="muted">{t.notYourself}</small>}
      {act === 'plan' && (
        <ActDialog
          title={t.changePlan}
          action={t.changePlan}
          text={t.planText}
          run={change({ plan_tier: plan })}
          onClose={close}
        >
          <Field label={t.plan}>
            <Select value={plan} onChange={(event) => setPlan(event.target.value as Plan)}>
              {(['solo', 'team', 'enterprise'] as const).map((one) => (
                <option key={one} value={one}>
                  {one}
                </option>
              ))}
            </Select>
          </Field>
        </ActDialog>
      )}
      {act === 'disable' && (
        <ActDialog
          title={t.disable}
          action={t.disable}
          text={t.disableText}
          run={change({ is_active: false })}
          onClose={close}
        />
      )}
      {act === 'enable' && (
        <ActDialog
          title={t.enable}
          action={t.enable}
          text={t.enableText}
          run={change({ is_active: true })}
          onClose={close}
        />
      )}
      {act === 'erase' && (
        <ActDialog
          title={t.erase}
          action={t.erase}
          text={t.eraseText(user.email)}
          mustHaveReason
          run={async (reason) => {
            await send('POST', `${path}/erase`, { reason: reason.trim(), now })
            return t.erased
          }}
          onClose={close}
        >
          <label className={styles.check}>
            <input type="checkbox" checked={now} onChange={(event) => setNow(event.target.checked)} />
            <span>{t.eraseNow}</span>
          </label>
        </ActDialog>
      )}
    </div>
  )
}

export function UserPage({ id }: { id: string }) {
  const t = useTexts(adminTexts)
  const format = useFormat()
  const query = useRecord<UserDetail>(`users/${id}`)
  if (query.isError) return <ErrorView error={query.error} retry={() => void query.refetch()} />
  if (query.isPending) return <Loading />
  const user = query.data
  return (
    <>
      <p>
        <Link to="/admin/users">{t.allUsers}</Link>
      </p>
      <Panel title={user.email} actions={<Acts key={user.updated_at} user={user} />}>
        <Facts
          facts={[
            [t.name, user.full_name ?? '–'],
            [t.state, <UserState key="state" user={user} />],
            [t.plan, user.plan_tier],
            [t.created, <Time key="created" at={user.created_at} />],
            ...(user.erase_after === null
              ? []
              : [[t.eraseAfter, <Time key="erase" at={user.erase_after} />] as [string, ReactNode]]),
            [t.documents, `${format.number(user.documents.count)} (${format.bytes(user.documents.bytes)})`],
            [
              t.conversations,
              t.messages(format.number(user.conversations.count), format.number(user.conversations.messages)),
            ],
            [t.topologies, format.number(user.topologies)],
            [t.apiKeys, format.number(user.api_keys)],
            [
              t.jobs,
              <Link key="jobs" to={`/admin/jobs?user=${user.id}`}>
                {Object.entries(user.jobs)
                  .map(([status, count]) => `${format.number(count)} ${status}`)
                  .join(', ') || '0'}
              </Link>,
            ],
            [t.id, <code key="id">{user.id}</code>],
          ]}
        />
      </Panel>
      <Contents user={user} />
      <SessionsPanel id={id} />
      <UsagePanel id={id} />
    </>
  )
}
