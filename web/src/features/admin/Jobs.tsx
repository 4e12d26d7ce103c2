// SPDX-License-Identifier: Apache-2.0
import { useMemo, useState } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, Button, Field, Input, Select, Time, Toolbar, type Column, type Tone } from '@/ui'
import styles from './admin.module.css'
import { send, useList, withReason, type Job } from './api'
import { ActDialog, ListPanel } from './parts'
import { adminTexts } from './texts'

const filters = {
  status: ['pending', 'running', 'completed', 'failed'],
  queue: ['default', 'pcap', 'rag'],
  failure_kind: ['error', 'dead', 'cancelled'],
}
type Filter = keyof typeof filters

export function jobTone(job: Pick<Job, 'status' | 'failure_kind'>): Tone {
  if (job.status === 'failed') return job.failure_kind === 'cancelled' ? 'warning' : 'error'
  return job.status === 'completed' ? 'good' : job.status === 'running' ? 'note' : 'plain'
}

function DeadDialog({ act, onClose }: { act: 'retry' | 'purge'; onClose: () => void }) {
  const t = useTexts(adminTexts)
  const format = useFormat()
  const [queue, setQueue] = useState('')
  const [days, setDays] = useState('30')
  const purge = act === 'purge'
  return (
    <ActDialog
      title={purge ? t.purgeDead : t.retryDead}
      action={purge ? t.purgeDead : t.retryDead}
      text={purge ? t.purgeText : t.retryDeadText}
      run={async (reason) => {
        const { count } = await send<{ count: number }>('POST', `dead-jobs/${act}`, {
          ...(queue === '' ? {} : { queue }),
          ...(purge ? { days: Number(days) } : {}),
          ...withReason(reason),
        })
        return purge ? t.purged(format.number(count)) : t.retried(format.number(count))
      }}
      onClose={onClose}
    >
      <Field label={t.queue}>
        <Select value={queue} onChange={(event) => setQueue(event.target.value)}>
          <option value="">{t.any}</option>
          {filters.queue.map((one) => (
            <option key={one} value={one}>
              {one}
            </option>
          ))}
        </Select>
      </Field>
      {purge && (
        <Field label={t.olderThan}>
          <Input
            type="number"
            min={0}
            max={3650}
            required
            value={days}
            onChange={(event) => setDays(event.target.value)}
          />
        </Field>
      )}
    </ActDialog>
  )
}

export function Jobs() {
  const t = useTexts(adminTexts)
  const navigate = useNavigate()
  const [search, setSearch] = useSearchParams()
  const [dead, setDead] = useState<'retry' | 'purge' | null>(null)
  const user = search.get('user') ?? ''
  const value = (filter: Filter) => search.get(filter) ?? ''
  const change = (filter: string, to: string) =>
    setSearch(
      (now) => {
        const next = new URLSearchParams(now)
        if (to === '') next.delete(filter)
        else next.set(filter, to)
        return next
      },
      { replace: true },
    )
  const list = useList<Job>('jobs', {
    status: value('status'),
    queue: value('queue'),
    failure_kind: value('failure_kind'),
    user,
  })
  const columns = useMemo<Column<Job>[]>(
    () => [
      {
        key: 'status',
        label: t.status,
        width: '10rem',
        cell: (job) => <Badge tone={jobTone(job)}>{job.failure_kind ?? job.status}</Badge>,
      },
      { key: 'type', label: t.jobType, width: 'minmax(11rem, 1fr)', cell: (job) => job.task_type },
      { key: 'queue', label: t.queue, width: '5rem', cell: (job) => job.queue },
      {
        key: 'attempts',
        label: t.attempts,
        width: '5rem',
        numeric: true,
        cell: (job) => `${job.attempts}/${job.max_attempts}`,
      },
      { key: 'created', label: t.created, width: '11rem', cell: (job) => <Time at={job.created_at} /> },
      {
        key: 'reason',
        label: t.failure,
        width: 'minmax(12rem, 2fr)',
        cell: (job) => job.error_message ?? (job.status === 'running' ? `${job.progress} %` : ''),
      },
    ],
    [t],
  )
  const label = { status: t.status, queue: t.queue, failure_kind: t.failureKind }
  return (
    <>
      <Toolbar>
        {(Object.keys(filters) as Filter[]).map((filter) => (
          <Select
            key={filter}
            className={styles.select}
            aria-label={label[filter]}
            value={value(filter)}
            onChange={(event) => change(filter, event.target.value)}
          >
            <option value="">{`${label[filter]}: ${t.any}`}</option>
            {filters[filter].map((one) => (
              <option key={one} value={one}>
                {one}
              </option>
            ))}
          </Select>
        ))}
        {user !== '' && <Button onClick={() => change('user', '')}>{t.ofOneUser}</Button>}
        <Button onClick={() => void list.refetch()} busy={list.isFetching}>
          {t.refresh}
        </Button>
      </Toolbar>
      <ListPanel
        title={t.jobs}
        list={list}
        columns={columns}
        rowKey={(job) => job.id}
        onOpen={(job) => void navigate(`/admin/jobs/${job.id}`)}
        actions={
          <>
            <Button onClick={() => setDead('retry')}>{t.retryDead}</Button>
            <Button kind="danger" onClick={() => setDead('purge')}>
              {t.purgeDead}
            </Button>
          </>
        }
      />
      {dead !== null && <DeadDialog act={dead} onClose={() => setDead(null)} />}
    </>
  )
}
