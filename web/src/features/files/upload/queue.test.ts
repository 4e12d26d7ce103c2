// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/client'
import type { FileDocument } from '@/api/queries'
import { UploadQueue, type Stored } from './queue'

interface Sent {
  name: string
  progress: (sent: number) => void
  answer: (stored: Partial<Stored>) => void
  refuse: (error: Error) => void
  signal: AbortSignal
}

function makeQueue() {
  const sent: Sent[] = []
  const queue = new UploadQueue(
    (file, progress, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
        sent.push({
          name: file.name,
          progress,
          signal,
          answer: (stored) =>
            resolve({ document: { id: file.name } as FileDocument, duplicate: false, ...stored }),
          refuse: reject,
        })
      }),
  )
  const add = (...names: string[]) =>
    queue.add(names.map((name) => ({ file: new File(['12345'], name), path: name })))
  const states = () => queue.snapshot().uploads.map(({ state }) => state)
  return { queue, sent, add, states }
}

const settle = () => vi.advanceTimersByTimeAsync(0)

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('three are sent at once, the next when one has ended', async () => {
  const { sent, add, states } = makeQueue()
  add('a', 'b', 'c', 'd')
  expect(states()).toEqual(['sending', 'sending', 'sending', 'waiting'])
  sent[1]?.answer({ duplicate: true })
  await settle()
  expect(states()).toEqual(['sending', 'duplicate', 'sending', 'sending'])
  expect(sent.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd'])
})

test('what the server refuses stays with its reason and can be sent again', async () => {
  const { queue, sent, add, states } = makeQueue()
  add('a')
  sent[0]?.progress(4)
  expect(queue.snapshot().uploads[0]?.sent).toBe(4)
  sent[0]?.refuse(new ApiError(402, 'INSUFFICIENT_QUOTA', 'the quota is used up'))
  await settle()
  expect(states()).toEqual(['refused'])
  expect(queue.snapshot().uploads[0]?.error?.message).toBe('the quota is used up')
  queue.retry(1)
  expect(states()).toEqual(['sending'])
  sent[1]?.answer({})
  await settle()
  expect(states()).toEqual(['stored'])
})

test('429 stops the queue for as long as the server asks, and loses nothing', async () => {
  const { queue, sent, add, states } = makeQueue()
  add('a', 'b', 'c', 'd')
  sent[0]?.refuse(new ApiError(429, 'RATE_LIMIT_EXCEEDED', 'wait', null, {}, 7))
  await settle()
  expect(states()).toEqual(['waiting', 'sending', 'sending', 'waiting'])
  expect(queue.snapshot().pausedUntil).toBe(Date.now() + 7000)
  await vi.advanceTimersByTimeAsync(6999)
  expect(sent.length).toBe(3)
  await vi.advanceTimersByTimeAsync(1)
  expect(sent.length).toBe(4)
  expect(queue.snapshot().pausedUntil).toBeNull()
  expect(states()).toEqual(['sending', 'sending', 'sending', 'waiting'])
})

test('one that is cancelled is aborted and makes room', async () => {
  const { queue, sent, add, states } = makeQueue()
  add('a', 'b', 'c', 'd')
  queue.cancel(1)
  await settle()
  expect(sent[0]?.signal.aborted).toBe(true)
  expect(states()).toEqual(['cancelled', 'sending', 'sending', 'sending'])
  queue.cancelAll()
  await settle()
  expect(states()).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled'])
  queue.clear()
  expect(states()).toEqual([])
})
