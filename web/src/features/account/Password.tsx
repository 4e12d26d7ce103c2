// SPDX-License-Identifier: Apache-2.0
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { ApiError } from '@/api/client'
import { useAccount } from '@/api/session'
import { useTexts } from '@/i18n'
import { Button, ErrorView, Field, Input, Notice, Panel, useToast } from '@/ui'
import styles from './account.module.css'
import { fieldError, isFieldError, passwordFault } from './fields'
import { sendPassword } from './sendPassword'
import { accountTexts } from './texts'

export function Password() {
  const t = useTexts(accountTexts)
  const toast = useToast()
  const queries = useQueryClient()
  const account = useAccount()
  const [old, setOld] = useState('')
  const [fresh, setFresh] = useState('')
  const [again, setAgain] = useState('')
  const [tried, setTried] = useState(false)
  const change = useMutation({
    mutationFn: () => sendPassword('/api/v1/users/me/password', { password: old, new_password: fresh }),
    onSuccess: () => {
      setOld('')
      setFresh('')
      setAgain('')
      setTried(false)
      toast(t.passwordChanged)
      void queries.invalidateQueries({ queryKey: ['sessions'] })
    },
  })
  const fault = tried ? passwordFault(old, fresh, again) : null
  const faultText = { short: t.tooShort, long: t.tooLong, differ: t.differ, same: t.samePassword }
  const wrong = change.error instanceof ApiError && change.error.status === 401 ? t.wrongPassword : null
  return (
    <Panel title={t.password}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault()
          setTried(true)
          if (passwordFault(old, fresh, again) === null) change.mutate()
        }}
      >
        <Notice>{t.passwordEnds}</Notice>
        <input
          type="text"
          name="username"
          autoComplete="username"
          value={account.data?.email ?? ''}
          readOnly
          hidden
        />
        <Field label={t.oldPassword} error={wrong ?? fieldError(change.error, 'password')}>
          <Input
            type="password"
            required
            autoComplete="current-password"
            value={old}
            onChange={(event) => setOld(event.target.value)}
          />
        </Field>
        <Field
          label={t.newPassword}
          hint={t.passwordRule}
          error={
            fault !== null && fault !== 'differ' ? faultText[fault] : fieldError(change.error, 'new_password')
          }
        >
          <Input
            type="password"
            required
            autoComplete="new-password"
            value={fresh}
            onChange={(event) => setFresh(event.target.value)}
          />
        </Field>
        <Field label={t.repeatPassword} error={fault === 'differ' ? t.differ : null}>
          <Input
            type="password"
            required
            autoComplete="new-password"
            value={again}
            onChange={(event) => setAgain(event.target.value)}
          />
        </Field>
        {change.isError && wrong === null && !isFieldError(change.error, ['password', 'new_password']) && (
          <ErrorView error={change.error} />
        )}
        <div>
          <Button type="submit" kind="primary" busy={change.isPending}>
            {t.changePassword}
          </Button>
        </div>
      </form>
    </Panel>
  )
}
