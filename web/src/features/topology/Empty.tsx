// SPDX-License-Identifier: Apache-2.0
import { Network } from 'lucide-react'
import { useState } from 'react'
import { useFiles } from '@/api/queries'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Button, EmptyState, ErrorView, LinkButton, Loading, Page } from '@/ui'
import { GenerateDialog } from './Generate'
import { isAnalysedConfiguration } from './queries'
import { topologyTexts } from './texts'

/** No topology yet: makes one, or says what is needed for it. */
export function Empty() {
  const t = useTexts(topologyTexts)
  const format = useFormat()
  const { files, isPending, error, refetch } = useFiles()
  const [open, setOpen] = useState(false)
  const count = files.filter(isAnalysedConfiguration).length
  return (
    <Page title={t.title}>
      {error !== null ? (
        <ErrorView error={error} retry={() => void refetch()} />
      ) : isPending ? (
        <Loading />
      ) : (
        <EmptyState
          icon={<Network size={40} />}
          title={count === 0 ? t.noneFilesTitle : t.noneTitle}
          action={
            count === 0 ? (
              <LinkButton to="/files" kind="primary">
                {t.toFiles}
              </LinkButton>
            ) : (
              <Button kind="primary" onClick={() => setOpen(true)}>
                {t.generate}
              </Button>
            )
          }
        >
          {count === 0 ? t.noneFilesText : t.noneText(format.number(count))}
        </EmptyState>
      )}
      {open && <GenerateDialog files={files} onClose={() => setOpen(false)} />}
    </Page>
  )
}
