// SPDX-License-Identifier: Apache-2.0
/* Who is signed in. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import {
  api,
  ApiError,
  data,
  errorOf,
  onSession,
  resumeSession,
  setAccessToken,
  shareAccessToken,
  type Schemas,
} from './client'
import { hearTabs } from './tabs'

export type Account = Schemas['Account']
type State = 'starting' | 'unreachable' | 'out' | 'in'

interface Session {
  state: State
  signIn: (email: string, password: string) => Promise<void>
  register: (email: string, password: string, fullName: string) => Promise<void>
  signInAsDemo: () => Promise<void>
  /** Fails when the server could not end the session. */
  signOut: (everywhere?: boolean) => Promise<void>
  retry: () => void
}

const SessionContext = createContext<Session | null>(null)

async function openSession(path: string, body: Record<string, unknown>): Promise<void> {
  let response: Response
  try {
    response = await fetch(`/api/v1/auth/${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-NetGuru-Client': 'page' },
      body: JSON.stringify({ ...body, cookie: true }),
    })
  } catch {
    throw new ApiError(0, 'UNREACHABLE', 'the server cannot be reached')
  }
  if (!response.ok) throw await errorOf(response)
  const tokens = (await response.json()) as { access_token: string }
  shareAccessToken(tokens.access_token)
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [state, setState] = useState<State>('starting')
  const [attempt, setAttempt] = useState(0)
  const queries = useQueryClient()

  useEffect(() => {
    onSession((signedIn) => setState(signedIn ? 'in' : 'out'))
    const deaf = hearTabs(({ token }) => {
      if (token === null) queries.clear()
      setAccessToken(token)
    })
    resumeSession().catch(() => setState('unreachable'))
    return deaf
  }, [queries, attempt])

  const session = useMemo<Session>(
    () => ({
      state,
      signIn: (email, password) => openSession('login', { email, password }),
      register: (email, password, fullName) =>
        openSession('register', { email, password, ...(fullName === '' ? {} : { full_name: fullName }) }),
      signInAsDemo: () => openSession('demo', {}),
      async signOut(everywhere = false) {
        const end = everywhere ? api.POST('/api/v1/auth/logout-all') : api.POST('/api/v1/auth/logout')
        await end.catch((error: unknown) => {
          if (!(error instanceof ApiError && error.status === 401)) throw error
        })
        queries.clear()
        shareAccessToken(null)
      },
      retry() {
        setState('starting')
        setAttempt((count) => count + 1)
      },
    }),
    [state, queries],
  )
  return <SessionContext value={session}>{children}</SessionContext>
}

export function useSession(): Session {
  const session = useContext(SessionContext)
  if (session === null) throw new Error('useSession outside of SessionProvider')
  return session
}

/** The account of the user who is signed in. */
export function useAccount() {
  return useQuery({
    queryKey: ['account'],
    queryFn: () => data(api.GET('/api/v1/users/me')),
    staleTime: 300_000,
  })
}
