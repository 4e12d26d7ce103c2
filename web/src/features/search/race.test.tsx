// SPDX-License-Identifier: Apache-2.0
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, renderHook, waitFor } from '@testing-library/react'
import type { ReactNode } from 'react'
import { expect, test, vi } from 'vitest'
import { setAccessToken } from '@/api/client'
import { useSearch } from './useSearch'

test('a slow answer to an older query does not replace the newer one', async () => {
  setAccessToken('token')
  const waiting = new Map<string, (response: Response) => void>()
  vi.stubGlobal('fetch', async (request: Request) => {
    const { query } = (await request.json()) as { query: string }
    return new Promise<Response>((resolve) => waiting.set(query, resolve))
  })
  const answer = (query: string) =>
    waiting.get(query)?.(
      new Response(JSON.stringify({ relevant: true, by_meaning: true, results: [{ document: query }] }), {
        headers: { 'Content-Type': 'application/json' },
      }),
    )
  const client = new QueryClient()
  const wrapper = ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  )
  const hook = renderHook((query: string) => useSearch({ query, vendor: '', type: '', limit: 15 }), {
    initialProps: 'os',
    wrapper,
  })
  await waitFor(() => expect(waiting.has('os')).toBe(true))
  hook.rerender('ospf')
  await waitFor(() => expect(waiting.has('ospf')).toBe(true))
  act(() => answer('ospf'))
  await waitFor(() => expect(hook.result.current.data?.results[0]?.document).toBe('ospf'))
  act(() => answer('os'))
  await act(() => new Promise((resolve) => setTimeout(resolve, 20)))
  expect(hook.result.current.data?.results[0]?.document).toBe('ospf')
})
