// SPDX-License-Identifier: Apache-2.0
import { Compass } from 'lucide-react'
import { useTexts } from '@/i18n'
import { EmptyState, LinkButton, Page } from '@/ui'
import { appTexts } from './texts'

export function NotFound() {
  const t = useTexts(appTexts)
  return (
    <Page title={t.notFound}>
      <EmptyState
        icon={<Compass size={40} />}
        title={t.notFound}
        action={
          <LinkButton to="/" kind="primary">
            {t.toHome}
          </LinkButton>
        }
      >
        {t.notFoundHint}
      </EmptyState>
    </Page>
  )
}
