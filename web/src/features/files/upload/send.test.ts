// SPDX-License-Identifier: Apache-2.0
import { beforeEach, expect, test, vi } from 'vitest'
import { setAccessToken } from '@/api/client'
import { sendFile } from './send'

interface Answer {
  status: number
  body: unknown
  headers?: Record<string, string>
}

/** XMLHttpRequest that answers what it is told; 0 stands for a server that is away. */
function serve(...answers: Answer[]) {
  const tokens: (string | undefined)[] = []
  class FakeRequest {
    upload: { onprogress?: (event: { loaded: number }) => void } = {}
    status = 0
    responseText = ''
    onload?: () => void
    onerror?: () => void
    onabort?: () => void
    onloadend?: () => void
    private headers: Record<string, string> = {}
    private answer: Answer | undefined
    open() {}
    setRequestHeader(name: string, value: string) {
      this.headers[name] = value
    }
    getResponseHeader(name: string) {
      return this.answer?.headers?.[name] ?? null
    }
    abort() {
      this.onabort?.()
    }
    send() {
      tokens.push(this.headers['Authorization'])
      const answer = answers.shift()
      if (answer === undefined) return
      this.answer = answer
      queueMicrotask(() => {
        this.upload.onprogress?.({ loaded: 999 })
        this.status = answer.status
        this.responseText = JSON.stringify(answer.body)
        if (answer.status === 0) this.onerror?.()
        else this.onload?.()
        this.onloadend?.()
      })
    }
  }
  vi.stubGlobal('XMLHttpRequest', FakeRequest)
  return tokens
}

const file = new File(['12345'], 'a.cfg')
const never = new AbortController().signal

beforeEach(() => setAccessToken('first'))

test('201 is stored, 200 was already there; the bytes sent are never more than the file has', async () => {
  serve({ status: 201, body: { id: 'x' } }, { status: 200, body: { id: 'x' } })
  const progress = vi.fn()
  expect(await sendFile(file, progress, never)).toEqual({ document: { id: 'x' }, duplicate: false })
  expect(progress).toHaveBeenCalledWith(5)
  expect(await sendFile(file, progress, never)).toMatchObject({ duplicate: true })
})

test('an expired token is replaced and the file sent again', async () => {
  const tokens = serve({ status: 401, body: {} }, { status: 201, body: { id: 'x' } })
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('{"access_token":"second"}')))
  await sendFile(file, () => {}, never)
  expect(tokens).toEqual(['Bearer first', 'Bearer second'])
})

test('a refusal has what the server says and when to come again', async () => {
  serve({
    status: 429,
    body: { error: { code: 'RATE_LIMIT_EXCEEDED', message: 'you have 50 jobs waiting' } },
    headers: { 'Retry-After': '9', 'X-Request-Id': 'abc' },
  })
  await expect(sendFile(file, () => {}, never)).rejects.toMatchObject({
    status: 429,
    message: 'you have 50 jobs waiting',
    retryAfter: 9,
    requestId: 'abc',
  })
})

test('a server that is away is no refusal, and cancelling is neither', async () => {
  serve({ status: 0, body: {} })
  await expect(sendFile(file, () => {}, never)).rejects.toMatchObject({ status: 0, code: 'UNREACHABLE' })
  const abort = new AbortController()
  const sent = sendFile(file, () => {}, abort.signal)
  abort.abort()
  await expect(sent).rejects.toMatchObject({ name: 'AbortError' })
})
