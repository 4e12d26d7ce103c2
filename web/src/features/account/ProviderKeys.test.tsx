// SPDX-License-Identifier: Apache-2.0
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { fireEvent, render, screen } from '@testing-library/react'
import { expect, test, vi } from 'vitest'
import { setAccessToken } from '@/api/client'
import { ProviderKeys } from './ProviderKeys'

const key = {
  id: 'k1',
  provider: 'openai',
  key_name: 'work',
  last_four: 'WXYZ',
  is_active: true,
  is_expired: false,
  created_at: '2026-01-01T00:00:00Z',
}
const json = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })

test.each([
  [200, null, 'The provider accepts the key.'],
  [401, 'LLM_AUTH_ERROR', 'The provider refuses the key.'],
  [402, 'INSUFFICIENT_QUOTA', 'no credit left'],
  [503, 'UNAVAILABLE', 'The provider was not reached: cannot reach it'],
])('a trial that answers %i %s is told in words', async (status, code, words) => {
  setAccessToken('token')
  vi.stubGlobal('fetch', (input: Request | string) => {
    if (typeof input === 'string') return Promise.resolve(json(200, { access_token: 'next' }))
    return Promise.resolve(
      input.url.endsWith('/test')
        ? json(status, code === null ? { accepted: true } : { error: { code, message: 'cannot reach it' } })
        : json(200, { items: [key], next_cursor: null }),
    )
  })
  render(
    <QueryClientProvider client={new QueryClient()}>
      <ProviderKeys />
    </QueryClientProvider>,
  )
  expect(await screen.findByText('…WXYZ')).toBeDefined()
  fireEvent.click(screen.getByRole('button', { name: 'Test: work' }))
  expect((await screen.findByText(words, { exact: false })).textContent).toContain(words)
})
