// SPDX-License-Identifier: Apache-2.0
import { expect, test, vi } from 'vitest'
import { api, currentToken, refreshSession, setAccessToken } from './client'
import { hearTabs } from './tabs'

/** Another tab of the browser. */
function otherTab() {
  const tab = new BroadcastChannel('netguru.session')
  const heard: unknown[] = []
  tab.onmessage = (event) => heard.push(event.data)
  return { tab, heard }
}

test('a new token is told to the other tabs, and theirs is taken', async () => {
  const { tab, heard } = otherTab()
  setAccessToken('mine')
  const deaf = hearTabs(({ token }) => setAccessToken(token))
  vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ access_token: 'new' })))
  await refreshSession()
  await vi.waitFor(() => expect(heard).toEqual([{ token: 'new' }]))
  tab.postMessage({ token: 'theirs' })
  await vi.waitFor(() => expect(currentToken()).toBe('theirs'))
  tab.postMessage({ token: null })
  await vi.waitFor(() => expect(currentToken()).toBeNull())
  deaf()
  tab.close()
})

test('whoever signs out with a token that another tab has replaced does sign out', async () => {
  setAccessToken('old')
  const sent: (string | null)[] = []
  vi.stubGlobal('fetch', (input: Request | string) => {
    if (typeof input === 'string') return Promise.resolve(Response.json({ access_token: 'new' }))
    sent.push(input.headers.get('Authorization'))
    return Promise.resolve(
      input.headers.get('Authorization') === 'Bearer new'
        ? new Response(null, { status: 204 })
        : Response.json({ error: { code: 'UNAUTHORIZED', message: 'ended' } }, { status: 401 }),
    )
  })
  await api.POST('/api/v1/auth/logout')
  expect(sent).toEqual(['Bearer old', 'Bearer new'])
})
