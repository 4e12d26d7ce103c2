// SPDX-License-Identifier: Apache-2.0
import { beforeEach, expect, test, vi } from 'vitest'
import { api, ApiError, callTool, setAccessToken, UnreachableError } from './client'

const answer = (status: number, body: unknown, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json', ...headers } })

function serve(...answers: (Response | Error)[]) {
  const asked: Request[] = []
  vi.stubGlobal('fetch', (input: Request | string, options?: RequestInit) => {
    asked.push(typeof input === 'string' ? new Request(new URL(input, 'http://page.test'), options) : input)
    const next = answers.shift()
    return next instanceof Response
      ? Promise.resolve(next)
      : Promise.reject(next ?? new Error('no answer left'))
  })
  return asked
}

beforeEach(() => setAccessToken('first'))

test('an expired access token is replaced by the cookie and the request repeated with its body', async () => {
  const asked = serve(answer(401, {}), answer(200, { access_token: 'second' }), answer(200, { found: 1 }))
  expect(await callTool('search', { query: 'ospf' })).toEqual({ found: 1 })
  expect(asked.map((request) => new URL(request.url).pathname)).toEqual([
    '/api/v1/tools/search',
    '/api/v1/auth/refresh',
    '/api/v1/tools/search',
  ])
  expect(asked[2]?.headers.get('Authorization')).toBe('Bearer second')
  expect(await asked[2]?.json()).toEqual({ query: 'ospf' })
  expect(asked.every((request) => request.headers.get('X-NetGuru-Client') === 'page')).toBe(true)
})

test('requests that expire together ask for one new token', async () => {
  let refreshed = 0
  vi.stubGlobal('fetch', (input: Request | string) => {
    if (typeof input === 'string') {
      refreshed += 1
      return Promise.resolve(answer(200, { access_token: 'second' }))
    }
    return Promise.resolve(
      input.headers.get('Authorization') === 'Bearer second' ? answer(200, {}) : answer(401, {}),
    )
  })
  await Promise.all([callTool('a', {}), callTool('b', {}), callTool('c', {})])
  expect(refreshed).toBe(1)
})

test('an error has what the server says, its request id and when to try again', async () => {
  serve(
    answer(
      429,
      { error: { code: 'RATE_LIMITED', message: 'too many requests', details: { field: 'x' } } },
      { 'X-Request-Id': 'abc', 'Retry-After': '7' },
    ),
  )
  const error = await api.GET('/api/v1/users/me').catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toMatchObject({ status: 429, code: 'RATE_LIMITED', requestId: 'abc', retryAfter: 7 })
})

test('a server that is away is no refusal', async () => {
  serve(new TypeError('fetch failed'))
  await expect(callTool('a', {})).rejects.toBeInstanceOf(UnreachableError)
})
