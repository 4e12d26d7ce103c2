// SPDX-License-Identifier: Apache-2.0
import { beforeEach, expect, test, vi } from 'vitest'
import { ApiError, setAccessToken } from '@/api/client'
import { addressOf, get, send, withReason } from './api'

function serve(answer: Response) {
  const asked: Request[] = []
  vi.stubGlobal('fetch', (request: Request) => {
    asked.push(request)
    return Promise.resolve(answer)
  })
  return asked
}

beforeEach(() => setAccessToken('token'))

test('only what is given stands in the address, and it is quoted', () => {
  expect(addressOf('users', { search: 'a&b', cursor: undefined, plan: '' })).toBe(
    '/api/v1/admin/users?search=a%26b',
  )
  expect(addressOf('settings')).toBe('/api/v1/admin/settings')
  expect(withReason('  ')).toEqual({})
  expect(withReason(' ticket 7 ')).toEqual({ reason: 'ticket 7' })
})

test('an act is sent as JSON, and an answer without a body is none', async () => {
  const asked = serve(new Response(null, { status: 204 }))
  expect(await send('DELETE', 'users/x/sessions', undefined, { reason: 'lost laptop' })).toBeUndefined()
  expect(asked[0]?.method).toBe('DELETE')
  expect(asked[0]?.url).toContain('/api/v1/admin/users/x/sessions?reason=lost+laptop')
  expect(asked[0]?.headers.get('Authorization')).toBe('Bearer token')
})

test('a refusal is an error with its code', async () => {
  serve(
    new Response(JSON.stringify({ error: { code: 'FORBIDDEN', message: 'the user has not consented' } }), {
      status: 403,
    }),
  )
  const error = await get('users/x/documents', { reason: 'help' }).catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toMatchObject({ status: 403, code: 'FORBIDDEN' })
})
