// SPDX-License-Identifier: Apache-2.0
import { useState } from 'react'
import { Link } from 'react-router'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, Button, ErrorView, Facts, Loading, Notice, Panel, Time } from '@/ui'
import styles from './admin.module.css'
import { send, useRecord, withReason, type JobDetail } from './api'
import { jobTone } from './Jobs'
import { ActDialog } from './parts'
import { adminTexts } from './texts'

export function JobPage({ id }: { id: string }) {
  const t = useTexts(adminTexts)
  const format = useFormat()
  const query = useRecord<JobDetail>(`jobs/${id}`)
  const [act, setAct] = useState<'retry' | 'cancel' | null>(null)
  if (query.isError) return <ErrorView error={query.error} retry={() => void query.refetch()} />
  if (query.isPending) return <Loading />
  const job = query.data
  const queue = job.queue_state
  return (
    <>
      <p>
        <Link to="/admin/jobs">{t.allJobs}</Link>
      </p>
      <Panel
        title={job.task_type}
        actions={
          <div className={styles.acts}>
            <Button busy={query.isFetching} onClick={() => void query.refetch()}>
              {t.refresh}
            </Button>
            {job.status === 'failed' && <Button onClick={() => setAct('retry')}>{t.retry}</Button>}
            {(job.status === 'pending' || job.status === 'running') && (
              <Button kind="danger" disabled={job.cancel_requested} onClick={() => setAct('cancel')}>
                {t.cancelJob}
              </Button>
            )}
          </div>
        }
      >
        <div className={styles.stack}>
          <Notice tone={job.status === 'failed' ? 'error' : 'plain'}>
            <div>
              <p>{job.why}</p>
              {job.error_message !== null && <p className="mono">{job.error_message}</p>}
            </div>
          </Notice>
          <Facts
            facts={[
              [
                t.status,
                <Badge key="status" tone={jobTone(job)}>
                  {job.failure_kind ?? job.status}
                </Badge>,
              ],
              ...(job.position === null
                ? []
                : [[t.position, format.number(job.position)] as [string, string]]),
              [t.progress, `${job.progress} %${job.stage === null ? '' : ` · ${job.stage}`}`],
              [t.attempts, `${job.attempts}/${job.max_attempts}`],
              [t.restarts, format.number(job.restarts)],
              [
                t.userLabel,
                <Link key="user" to={`/admin/users/${job.user_id}`}>
                  <code>{job.user_id}</code>
                </Link>,
              ],
              [t.document, job.document_id === null ? '–' : <code key="doc">{job.document_id}</code>],
              [t.created, <Time key="created" at={job.created_at} />],
              [t.started, <Time key="started" at={job.started_at} />],
              [t.heartbeat, <Time key="beat" at={job.heartbeat_at} />],
              [t.leaseEnds, <Time key="lease" at={job.lease_expires_at} />],
              [t.nextAttempt, <Time key="next" at={job.next_attempt_at} />],
              [t.completed, <Time key="completed" at={job.completed_at} />],
              [t.id, <code key="id">{job.id}</code>],
            ]}
          />
          <h3>{`${t.queue} ${job.queue}`}</h3>
          <Facts
            facts={[
              [t.due, format.number(queue.due)],
              [t.delayed, format.number(queue.delayed)],
              [t.running, format.number(queue.running)],
              [t.oldestDue, format.seconds(queue.oldest_due_seconds)],
              [t.workers, job.live_workers === null ? '–' : format.number(job.live_workers)],
            ]}
          />
        </div>
      </Panel>
      {act !== null && (
        <ActDialog
          title={act === 'retry' ? t.retry : t.cancelJob}
          action={act === 'retry' ? t.retry : t.cancelJob}
          text={act === 'retry' ? t.retryText : t.cancelText}
          run={async (reason) => {
            await send('POST', `jobs/${id}/${act}`, withReason(reason))
            return t.done
          }}
          onClose={() => setAct(null)}
        />
      )}
    </>
  )
}
