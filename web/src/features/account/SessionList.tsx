// SPDX-License-Identifier: Apache-2.0
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { api, data } from '@/api/client'
import { useSession } from '@/api/session'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, Button, ErrorView, Loading, Panel, Time } from '@/ui'
import styles from './account.module.css'
import { Confirm } from './Confirm'
import { deviceOf } from './device'
import { accountTexts } from './texts'

export function SessionList() {
  const t = useTexts(accountTexts)
  const format = useFormat()
  const session = useSession()
  const queries = useQueryClient()
  const [everywhere, setEverywhere] = useState(false)
  const list = useQuery({
    queryKey: ['sessions'],
    queryFn: () => data(api.GET('/api/v1/auth/sessions')),
  })
  const end = useMutation({
    mutationFn: (id: string) => api.DELETE('/api/v1/auth/sessions/{id}', { params: { path: { id } } }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['sessions'] }),
  })
  return (
    <Panel
      title={t.sessions}
      flush
      actions={
        <Button kind="danger" onClick={() => setEverywhere(true)}>
          {t.endAll}
        </Button>
      }
    >
      {end.isError && <ErrorView error={end.error} />}
      {list.isError ? (
        <ErrorView error={list.error} retry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading />
      ) : (
        <ul className={styles.rows}>
          {list.data.items.map((one) => (
            <li key={one.id} className={styles.row}>
              <div className={styles.grow}>
                <strong title={one.user_agent}>{deviceOf(one.user_agent) || t.unknownDevice}</strong>{' '}
                {one.current && <Badge tone="good">{t.thisSession}</Badge>}
                <div className="muted">
                  <span className="mono">{one.address}</span>
                  {' · '}
                  {t.lastUsed} <Time at={one.last_seen_at} relative />
                  {' · '}
                  {t.signedIn} {format.time(one.created_at)}
                </div>
              </div>
              {!one.current && (
                <Button
                  busy={end.isPending && end.variables === one.id}
                  aria-label={`${t.endSession}: ${deviceOf(one.user_agent)} ${one.address}`}
                  onClick={() => end.mutate(one.id)}
                >
                  {t.endSession}
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
      {everywhere && (
        <Confirm
          title={t.endAll}
          action={t.endAll}
          run={() => session.signOut(true)}
          onClose={() => setEverywhere(false)}
        >
          <p>{t.endAllText}</p>
        </Confirm>
      )}
    </Panel>
  )
}
