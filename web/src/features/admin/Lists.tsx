// SPDX-License-Identifier: Apache-2.0
/* The sections that only show: statistics, knowledge, settings and the audit log. */
import { useMemo, useState } from 'react'
import { Link, useSearchParams } from 'react-router'
import { actionText, auditTexts } from '@/features/account/actions'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import {
  Badge,
  Button,
  DataTable,
  Dialog,
  ErrorView,
  Facts,
  Input,
  Loading,
  Panel,
  Select,
  Time,
  Toolbar,
  type Column,
} from '@/ui'
import styles from './admin.module.css'
import {
  useList,
  useRecord,
  type AuditEntry,
  type Setting,
  type Source,
  type Statistics as Figures,
} from './api'
import { ListPanel } from './parts'
import { adminTexts } from './texts'

export function Statistics() {
  const t = useTexts(adminTexts)
  const format = useFormat()
  const query = useRecord<Figures>('statistics')
  const columns = useMemo<Column<Figures['queues'][number]>[]>(
    () => [
      { key: 'queue', label: t.queue, width: 'minmax(6rem, 1fr)', cell: (row) => row.queue },
      ...(['due', 'delayed', 'running'] as const).map((key) => ({
        key,
        label: t[key],
        width: '7rem',
        numeric: true,
        cell: (row: Figures['queues'][number]) => format.number(row[key]),
      })),
      {
        key: 'workers',
        label: t.busyWorkers,
        width: '8rem',
        numeric: true,
        cell: (row) => format.number(row.live_workers),
      },
      {
        key: 'oldest',
        label: t.oldestDue,
        width: '10rem',
        numeric: true,
        cell: (row) => format.seconds(row.oldest_due_seconds),
      },
    ],
    [t, format],
  )
  if (query.isError) return <ErrorView error={query.error} retry={() => void query.refetch()} />
  if (query.isPending) return <Loading />
  const { users, documents, estimates, ...rest } = query.data
  return (
    <>
      <Panel
        title={t.statistics}
        actions={
          <Button busy={query.isFetching} onClick={() => void query.refetch()}>
            {t.refresh}
          </Button>
        }
      >
        <div className={styles.columns}>
          <Facts
            facts={[
              [
                t.users,
                <Link key="users" to="/admin/users">
                  {format.number(users.total)}
                </Link>,
              ],
              [t.activeUsers, format.number(users.active)],
              [t.closedUsers, format.number(users.closed)],
              [t.administratorUsers, format.number(users.administrators)],
              [t.openConsents, format.number(rest.consents)],
            ]}
          />
          <Facts
            facts={[
              [t.documents, `${format.number(documents.count)} (${format.bytes(documents.bytes)})`],
              [t.conversations, t.about(format.number(estimates.conversations))],
              [t.messagesCount, t.about(format.number(estimates.messages))],
              [t.chunks, t.about(format.number(estimates.embeddings))],
              [t.knowledge, format.number(rest.knowledge_sources)],
            ]}
          />
          <Facts
            facts={[
              [
                t.deadJobs,
                <Link key="dead" to="/admin/jobs?failure_kind=dead">
                  {format.number(rest.dead_jobs)}
                </Link>,
              ],
              [t.tokens24, format.number(rest.tokens_24_hours)],
              [t.cost24, format.money(rest.cost_micros_24_hours / 1e6)],
              [t.database, format.bytes(rest.database_bytes)],
              [t.schema, <code key="schema">{rest.schema}</code>],
            ]}
          />
        </div>
      </Panel>
      <Panel title={t.queues} flush>
        <DataTable rows={rest.queues} columns={columns} rowKey={(row) => row.queue} label={t.queues} />
      </Panel>
    </>
  )
}

export function Knowledge() {
  const t = useTexts(adminTexts)
  const format = useFormat()
  const list = useList<Source>('knowledge')
  const columns = useMemo<Column<Source>[]>(
    () => [
      {
        key: 'title',
        label: t.titleColumn,
        width: 'minmax(14rem, 2fr)',
        cell: (row) => row.title ?? row.name,
        sort: (row) => row.title ?? row.name,
      },
      { key: 'name', label: t.file, width: 'minmax(12rem, 1fr)', cell: (row) => <code>{row.name}</code> },
      { key: 'vendor', label: t.vendor, width: '6rem', cell: (row) => row.vendor ?? '' },
      {
        key: 'chunks',
        label: t.chunks,
        width: '6rem',
        numeric: true,
        cell: (row) => format.number(row.chunks),
        sort: (row) => row.chunks,
      },
      {
        key: 'vectors',
        label: t.vectors,
        width: '11rem',
        cell: (row) =>
          row.needs_ingest ? (
            <Badge tone="warning">{t.needsIngest}</Badge>
          ) : row.chunks_without_vector > 0 ? (
            <Badge tone="warning">{t.without(format.number(row.chunks_without_vector))}</Badge>
          ) : (
            (row.embedding_model ?? '')
          ),
      },
      { key: 'at', label: t.ingested, width: '11rem', cell: (row) => <Time at={row.ingested_at} /> },
    ],
    [t, format],
  )
  return <ListPanel title={t.knowledge} list={list} columns={columns} rowKey={(row) => row.id} />
}

export function Settings() {
  const t = useTexts(adminTexts)
  const [search, setSearch] = useSearchParams()
  const wanted = search.get('search') ?? ''
  const query = useRecord<{ items: Setting[] }>('settings')
  const rows = useMemo(() => {
    const word = wanted.toLowerCase()
    return (query.data?.items ?? []).filter(({ name, about }) =>
      `${name} ${about}`.toLowerCase().includes(word),
    )
  }, [query.data, wanted])
  if (query.isError) return <ErrorView error={query.error} retry={() => void query.refetch()} />
  if (query.isPending) return <Loading />
  return (
    <Panel
      title={t.settings}
      flush
      actions={
        <Input
          type="search"
          className={styles.filter}
          aria-label={t.filter}
          placeholder={t.filter}
          value={wanted}
          onChange={(event) =>
            setSearch(event.target.value === '' ? {} : { search: event.target.value }, { replace: true })
          }
        />
      }
    >
      <p className={styles.inset}>{t.settingsText}</p>
      <dl className={styles.settings}>
        {rows.map((row) => (
          <div key={row.name}>
            <dt>
              <code>{row.name}</code>
              {row.is_given && <Badge tone="note">{t.given}</Badge>}
            </dt>
            <dd>
              <code className={styles.value}>{row.value === '' ? '–' : row.value}</code>
              <span className="muted">{row.about}</span>
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}

function EntryDialog({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const t = useTexts(adminTexts)
  const actions = useTexts(auditTexts)
  return (
    <Dialog title={actionText(actions, entry.action)} onClose={onClose}>
      <Facts
        facts={[
          [t.sequence, String(entry.sequence)],
          [t.time, <Time key="at" at={entry.at} />],
          [t.action, <code key="action">{entry.action}</code>],
          [t.by, `${t[entry.actor_kind]} ${entry.actor ?? entry.actor_id ?? ''}`],
          [t.userLabel, entry.user_id === null ? '–' : <code key="user">{entry.user_id}</code>],
          [t.subject, entry.subject ?? '–'],
          [t.reason, entry.reason ?? '–'],
          [t.address, entry.address ?? '–'],
          [t.requestId, entry.trace_id === null ? '–' : <code key="trace">{entry.trace_id}</code>],
          [
            t.details,
            entry.details === null ? '–' : <code key="details">{JSON.stringify(entry.details)}</code>,
          ],
          [t.digest, <code key="digest">{entry.digest}</code>],
        ]}
      />
    </Dialog>
  )
}

export function Audit() {
  const t = useTexts(adminTexts)
  const actions = useTexts(auditTexts)
  const [search, setSearch] = useSearchParams()
  const [shown, setShown] = useState<AuditEntry | null>(null)
  const action = search.get('action') ?? ''
  const user = search.get('user') ?? ''
  const list = useList<AuditEntry>('audit', { action, user })
  const columns = useMemo<Column<AuditEntry>[]>(
    () => [
      {
        key: 'sequence',
        label: t.sequence,
        width: '4.5rem',
        numeric: true,
        cell: (row) => String(row.sequence),
      },
      { key: 'at', label: t.time, width: '11rem', cell: (row) => <Time at={row.at} /> },
      {
        key: 'action',
        label: t.action,
        width: 'minmax(11rem, 1fr)',
        cell: (row) => actionText(actions, row.action),
      },
      { key: 'by', label: t.by, width: '7rem', cell: (row) => t[row.actor_kind] },
      {
        key: 'user',
        label: t.userLabel,
        width: '6rem',
        cell: (row) => (row.user_id === null ? '' : <code>{row.user_id.slice(0, 8)}</code>),
      },
      { key: 'subject', label: t.subject, width: 'minmax(9rem, 1fr)', cell: (row) => row.subject ?? '' },
      { key: 'reason', label: t.reason, width: 'minmax(9rem, 1fr)', cell: (row) => row.reason ?? '' },
      { key: 'address', label: t.address, width: '8rem', cell: (row) => row.address ?? '' },
    ],
    [t, actions],
  )
  return (
    <>
      <Toolbar>
        <Select
          className={styles.select}
          aria-label={t.action}
          value={action}
          onChange={(event) => {
            const next = new URLSearchParams(search)
            if (event.target.value === '') next.delete('action')
            else next.set('action', event.target.value)
            setSearch(next, { replace: true })
          }}
        >
          <option value="">{`${t.action}: ${t.any}`}</option>
          {Object.entries(actions)
            .sort(([, a], [, b]) => a.localeCompare(b))
            .map(([code, text]) => (
              <option key={code} value={code}>
                {text}
              </option>
            ))}
        </Select>
        {user !== '' && <Button onClick={() => setSearch({}, { replace: true })}>{t.ofOneUser}</Button>}
        <Button busy={list.isFetching} onClick={() => void list.refetch()}>
          {t.refresh}
        </Button>
      </Toolbar>
      <ListPanel
        title={t.audit}
        list={list}
        columns={columns}
        rowKey={(row) => String(row.sequence)}
        onOpen={setShown}
      />
      <p className="muted">{t.auditText}</p>
      {shown !== null && <EntryDialog entry={shown} onClose={() => setShown(null)} />}
    </>
  )
}
