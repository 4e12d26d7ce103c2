// SPDX-License-Identifier: Apache-2.0
import { ShieldCheck } from 'lucide-react'
import { useParams } from 'react-router'
import { useAccount } from '@/api/session'
import { NotFound } from '@/app/NotFound'
import { Sections } from '@/features/account/Sections'
import { useTexts } from '@/i18n'
import { EmptyState, Loading, Page } from '@/ui'
import { JobPage } from './JobPage'
import { Jobs } from './Jobs'
import { Audit, Knowledge, Settings, Statistics } from './Lists'
import { adminTexts } from './texts'
import { UserPage } from './UserPage'
import { Users } from './Users'

const sections = {
  statistics: Statistics,
  users: Users,
  jobs: Jobs,
  knowledge: Knowledge,
  settings: Settings,
  audit: Audit,
}
const details = { users: UserPage, jobs: JobPage }
type Section = keyof typeof sections

function Shown({ section, id }: { section: Section; id: string | undefined }) {
  if (id === undefined) {
    const List = sections[section]
    return <List />
  }
  if (section !== 'users' && section !== 'jobs') return <NotFound />
  const Detail = details[section]
  return <Detail key={id} id={id} />
}

export function Component() {
  const t = useTexts(adminTexts)
  const account = useAccount()
  const { section = 'statistics', id } = useParams()
  if (account.isPending) return <Loading />
  if (account.data?.is_superuser !== true)
    return (
      <Page title={t.admin}>
        <EmptyState icon={<ShieldCheck size={36} />} title={t.onlyAdministrators}>
          {t.onlyAdministratorsText}
        </EmptyState>
      </Page>
    )
  if (!Object.hasOwn(sections, section)) return <NotFound />
  return (
    <Sections
      title={t.admin}
      sections={Object.keys(sections).map((one) => ({
        to: one === 'statistics' ? '/admin' : `/admin/${one}`,
        label: t[one as Section],
        end: one === 'statistics',
      }))}
    >
      <Shown section={section as Section} id={id} />
    </Sections>
  )
}
