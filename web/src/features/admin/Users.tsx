// SPDX-License-Identifier: Apache-2.0
import { useMemo } from 'react'
import { useNavigate, useSearchParams } from 'react-router'
import { useDelayed } from '@/ui/useDelayed'
import { useTexts } from '@/i18n'
import { Input, Time, type Column } from '@/ui'
import styles from './admin.module.css'
import { useList, type User } from './api'
import { ListPanel, UserState } from './parts'
import { adminTexts } from './texts'

export function Users() {
  const t = useTexts(adminTexts)
  const navigate = useNavigate()
  const [search, setSearch] = useSearchParams()
  const wanted = search.get('search') ?? ''
  const [text, setText] = useDelayed(wanted, (next) =>
    setSearch(next === '' ? {} : { search: next }, { replace: true }),
  )
  const list = useList<User>('users', { search: wanted })
  const columns = useMemo<Column<User>[]>(
    () => [
      { key: 'email', label: t.email, width: 'minmax(14rem, 2fr)', cell: (user) => user.email },
      { key: 'name', label: t.name, width: 'minmax(8rem, 1fr)', cell: (user) => user.full_name ?? '' },
      { key: 'plan', label: t.plan, width: '6rem', cell: (user) => user.plan_tier },
      { key: 'state', label: t.state, width: '13rem', cell: (user) => <UserState user={user} /> },
      { key: 'created', label: t.created, width: '11rem', cell: (user) => <Time at={user.created_at} /> },
      { key: 'erase', label: t.eraseAfter, width: '11rem', cell: (user) => <Time at={user.erase_after} /> },
    ],
    [t],
  )
  return (
    <ListPanel
      title={t.users}
      list={list}
      columns={columns}
      rowKey={(user) => user.id}
      onOpen={(user) => void navigate(`/admin/users/${user.id}`)}
      actions={
        <Input
          type="search"
          className={styles.filter}
          aria-label={t.searchUsers}
          placeholder={t.searchUsers}
          value={text}
          maxLength={255}
          onChange={(event) => setText(event.target.value)}
        />
      }
    />
  )
}
