// SPDX-License-Identifier: Apache-2.0
import { QueryClientProvider } from '@tanstack/react-query'
import { ServerOff } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { RouterProvider } from 'react-router'
import { newQueryClient } from '@/api/queries'
import { SessionProvider, useSession } from '@/api/session'
import { LanguageProvider, useTexts } from '@/i18n'
import { Button, EmptyState, Loading, ToastProvider } from '@/ui'
import { router } from './router'
import { appTexts } from './texts'

const LoginPage = lazy(() => import('@/features/session/LoginPage'))

function Gate() {
  const session = useSession()
  const t = useTexts(appTexts)
  switch (session.state) {
    case 'starting':
      return <Loading />
    case 'unreachable':
      return (
        <EmptyState
          icon={<ServerOff size={40} />}
          title={t.unreachable}
          action={
            <Button kind="primary" onClick={() => session.retry()}>
              {t.retry}
            </Button>
          }
        >
          {t.unreachableHint}
        </EmptyState>
      )
    case 'out':
      return <LoginPage />
    case 'in':
      return <RouterProvider router={router} />
  }
}

export function App() {
  const [queries] = useState(newQueryClient)
  return (
    <LanguageProvider>
      <QueryClientProvider client={queries}>
        <SessionProvider>
          <ToastProvider>
            <Suspense fallback={<Loading />}>
              <Gate />
            </Suspense>
          </ToastProvider>
        </SessionProvider>
      </QueryClientProvider>
    </LanguageProvider>
  )
}
