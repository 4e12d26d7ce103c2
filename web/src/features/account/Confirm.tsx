// SPDX-License-Identifier: Apache-2.0
/* Asks before something that cannot be taken back, and stays open with the error if it fails. */
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useTexts } from '@/i18n'
import { Button, Dialog, ErrorView } from '@/ui'
import { accountTexts } from './texts'

export function Confirm({
  title,
  action,
  disabled = false,
  run,
  onClose,
  children,
}: {
  title: string
  action: string
  disabled?: boolean
  run: () => Promise<unknown>
  onClose: () => void
  children: ReactNode
}) {
  const t = useTexts(accountTexts)
  const doing = useMutation({ mutationFn: run, onSuccess: onClose })
  return (
    <Dialog
      title={title}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{t.cancel}</Button>
          <Button kind="danger" busy={doing.isPending} disabled={disabled} onClick={() => doing.mutate()}>
            {action}
          </Button>
        </>
      }
    >
      {children}
      {doing.isError && <ErrorView error={doing.error} />}
    </Dialog>
  )
}
