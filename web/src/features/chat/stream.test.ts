// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { setAccessToken } from '@/api/client'
import { waitMs, watchEvents, type Connection } from './stream'
import type { ChatEvent } from './types'

interface Line {
  seq: number
  [member: string]: unknown
}

/** A connection that says the lines, then is cut (false) or goes on silently (true). */
function saying(lines: Line[], stays = false): Response {
  const body = new ReadableStream<Uint8Array>({
    start(control) {
      for (const line of lines)
        control.enqueue(new TextEncoder().encode(`id: ${line.seq}\ndata: ${JSON.stringify(line)}\n\n`))
      if (!stays) control.close()
    },
  })
  return new Response(body, { status: 200, headers: { 'Content-Type': 'text/event-stream' } })
}
const refusal = (status: number, headers: Record<string, string> = {}) =>
  new Response(JSON.stringify({ error: { code: 'X', message: 'no' } }), { status, headers })

function watch(answers: (Response | Error)[]) {
  const asked: string[] = []
  vi.stubGlobal('fetch', (request: Request) => {
    asked.push(new URL(request.url).search)
    const next = answers.shift() ?? saying([], true)
    return next instanceof Response ? Promise.resolve(next) : Promise.reject(next)
  })
  const events: ChatEvent[] = []
  const connections: Connection[] = []
  const control = new AbortController()
  const ended = watchEvents({
    conversation: 'c',
    begin: () => Promise.resolve(10),
    signal: control.signal,
    onEvent: (event) => events.push(event),
    onConnection: (connection) => connections.push(connection),
  })
  return { asked, events, connections, control, ended }
}

const chunk = (seq: number): Line => ({
  seq,
  type: 'message_chunk',
  message_id: 'm',
  content: 'x',
  offset: seq,
})

beforeEach(() => {
  vi.useFakeTimers()
  setAccessToken('token')
})
afterEach(() => vi.useRealTimers())

test('a cut connection is resumed after the last event, and no event is told twice', async () => {
  const watched = watch([saying([chunk(11), chunk(12)]), saying([chunk(12), chunk(13)], true)])
  await vi.advanceTimersByTimeAsync(1_000)
  expect(watched.asked).toEqual(['?after=10', '?after=12'])
  expect(watched.events.map((event) => 'offset' in event && event.offset)).toEqual([11, 12, 13])
  expect(watched.connections).toEqual(['connecting', 'open', 'waiting', 'connecting', 'open'])
  watched.control.abort()
  await watched.ended
})

test('it waits longer after each failure, and as long as the server says', async () => {
  const watched = watch([new TypeError('away'), new TypeError('away'), refusal(429, { 'Retry-After': '20' })])
  await vi.advanceTimersByTimeAsync(2_000)
  expect(watched.asked.length).toBe(3)
  await vi.advanceTimersByTimeAsync(17_000)
  expect(watched.asked.length).toBe(3)
  await vi.advanceTimersByTimeAsync(4_000)
  expect(watched.asked.length).toBe(4)
  watched.control.abort()
  await watched.ended
  expect([1, 2, 3, 9].map((failures) => waitMs(failures, 1))).toEqual([500, 1000, 2000, 15000])
})

test('a connection that is silent for too long is given up', async () => {
  const watched = watch([saying([], true), saying([chunk(11)], true)])
  await vi.advanceTimersByTimeAsync(44_000)
  expect(watched.asked.length).toBe(1)
  await vi.advanceTimersByTimeAsync(2_000)
  expect(watched.asked.length).toBe(2)
  watched.control.abort()
  await watched.ended
})

test('a reload is told even at the position that is known', async () => {
  const watched = watch([saying([{ seq: 10, type: 'reload' }], true)])
  await vi.advanceTimersByTimeAsync(10)
  expect(watched.events).toEqual([{ seq: 10, type: 'reload' }])
  watched.control.abort()
  await watched.ended
})

test('a conversation that is gone ends the watch', async () => {
  await expect(watch([refusal(404)]).ended).rejects.toMatchObject({ status: 404 })
  const watched = watch([saying([{ seq: 11, type: 'conversation_deleted' }]), refusal(404)])
  const ended = expect(watched.ended).rejects.toMatchObject({ status: 404 })
  await vi.advanceTimersByTimeAsync(1_000)
  await ended
})
