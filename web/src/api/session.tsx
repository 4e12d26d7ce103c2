// SPDX-License-Identifier: Apache-2.0
/*
 * Who is signed in. What a user has in memory (answers of the server, drafts) stays when a session ends by
 * itself, so that nothing is lost by signing in again. Signing out, or signing in as somebody else, loads the
 * page anew, so that nothing of it is left.
 */
import { useQuery } from '@tanstack/react-query'
import { createContext, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from 'react'
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

/** The id of the user whom an access token is for. */
function userOf(token: string): string {
  const claims = token.split('.')[1] ?? ''
  try {
    const { sub } = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/'))) as { sub: string }
    return sub
  } catch {
    return ''
  }
}

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
  const user = useRef<string>(null)

  useEffect(() => {
    onSession((token) => {
      const owner = token === null ? user.current : userOf(token)
      user.current ??= owner
      if (user.current !== owner) window.location.reload()
      else setState(token === null ? 'out' : 'in')
    })
    const deaf = hearTabs(({ token }) => {
      setAccessToken(token)
      if (token === null) window.location.reload()
    })
    resumeSession().catch(() => setState('unreachable'))
    return deaf
  }, [attempt])

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
        shareAccessToken(null)
        window.location.reload()
      },
      retry() {
        setState('starting')
        setAttempt((count) => count + 1)
      },
    }),
    [state],
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
