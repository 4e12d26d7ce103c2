// SPDX-License-Identifier: Apache-2.0
import type { ReactNode } from 'react'
import { Link } from 'react-router'
import { useAccount } from '@/api/session'
import { useTexts } from '@/i18n'
import { Badge, ErrorView, Facts, Loading, Panel, Time } from '@/ui'
import { accountTexts } from './texts'

export function Profile() {
  const t = useTexts(accountTexts)
  const account = useAccount()
  if (account.isError) return <ErrorView error={account.error} retry={() => void account.refetch()} />
  if (account.isPending) return <Loading />
  const { email, full_name, plan_tier, is_superuser, created_at, id } = account.data
  return (
    <Panel title={t.profile}>
      <Facts
        facts={[
          [t.name, full_name ?? <span className="muted">{'–'}</span>],
          [t.email, email],
          [
            t.plan,
            <>
              {plan_tier} <Link to="/usage">{t.toUsage}</Link>
            </>,
          ],
          ...(is_superuser
            ? [[t.rights, <Badge key="rights">{t.administrator}</Badge>] as [string, ReactNode]]
            : []),
          [t.since, <Time key="since" at={created_at} />],
          [t.accountId, <code key="id">{id}</code>],
        ]}
      />
    </Panel>
  )
}
