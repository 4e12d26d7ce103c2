// SPDX-License-Identifier: Apache-2.0
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { useTexts } from '@/i18n'
import {
  Badge,
  Button,
  DataTable,
  Dialog,
  EmptyState,
  ErrorView,
  Field,
  Input,
  Loading,
  Panel,
  useToast,
  type Column,
} from '@/ui'
import styles from './admin.module.css'
import type { useList, User } from './api'
import { adminTexts } from './texts'

/** A list of the API as a table, with a button for its next page. */
export function ListPanel<Row>({
  title,
  actions,
  list,
  columns,
  rowKey,
  onOpen,
}: {
  title: string
  actions?: ReactNode
  list: ReturnType<typeof useList<Row>>
  columns: Column<Row>[]
  rowKey: (row: Row) => string
  onOpen?: (row: Row) => void
}) {
  const t = useTexts(adminTexts)
  return (
    <Panel title={title} actions={actions} flush>
      {list.isError ? (
        <div className={styles.inset}>
          <ErrorView error={list.error} retry={() => void list.refetch()} />
        </div>
      ) : list.isPending ? (
        <Loading />
      ) : list.rows.length === 0 ? (
        <EmptyState title={t.nothing} />
      ) : (
        <DataTable
          rows={list.rows}
          columns={columns}
          rowKey={rowKey}
          label={title}
          {...(onOpen === undefined ? {} : { onOpen })}
        />
      )}
      {list.hasNextPage && (
        <div className={styles.moreRow}>
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t.more}
          </Button>
        </div>
      )}
    </Panel>
  )
}

/** Asks for the reason of an act, which the audit log keeps, and does it. */
export function ActDialog({
  title,
  action,
  text,
  mustHaveReason = false,
  children,
  run,
  onClose,
}: {
  title: string
  action: string
  text: string
  mustHaveReason?: boolean
  children?: ReactNode
  /** Answers what to say when it is done. */
  run: (reason: string) => Promise<string>
  onClose: () => void
}) {
  const t = useTexts(adminTexts)
  const toast = useToast()
  const queries = useQueryClient()
  const [reason, setReason] = useState('')
  const act = useMutation({
    mutationFn: () => run(reason),
    onSuccess: async (said) => {
      toast(said)
      onClose()
      await queries.invalidateQueries({ queryKey: ['admin'] })
    },
  })
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className={styles.stack}
        onSubmit={(event) => {
          event.preventDefault()
          act.mutate()
        }}
      >
        <p>{text}</p>
        {children}
        <Field label={mustHaveReason ? t.reason : t.reasonOptional} hint={t.reasonHint}>
          <Input
            value={reason}
            required={mustHaveReason}
            autoFocus
            maxLength={500}
            onChange={(event) => setReason(event.target.value)}
          />
        </Field>
        {act.isError && <ErrorView error={act.error} />}
        <div className={styles.acts}>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button
            type="submit"
            kind="danger"
            busy={act.isPending}
            disabled={mustHaveReason && reason.trim() === ''}
          >
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

export function UserState({ user }: { user: User }) {
  const t = useTexts(adminTexts)
  return (
    <>
      {user.closed_at !== null ? (
        <Badge tone="error">{t.closed}</Badge>
      ) : user.is_active ? (
        <Badge tone="good">{t.active}</Badge>
      ) : (
        <Badge tone="warning">{t.disabled}</Badge>
      )}
      {user.is_superuser && <Badge tone="note">{t.administrator}</Badge>}
    </>
  )
}
