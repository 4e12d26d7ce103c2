// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '@/api/client'
import { Limiter } from './limiter'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('no more than some run at once, and all do', async () => {
  const limiter = new Limiter(2)
  let [now, most] = [0, 0]
  const work = async () => {
    most = Math.max(most, ++now)
    await new Promise((resolve) => setTimeout(resolve, 10))
    now -= 1
    return most
  }
  const all = Promise.all(Array.from({ length: 7 }, () => limiter.run(work)))
  await vi.advanceTimersByTimeAsync(100)
  expect(await all).toHaveLength(7)
  expect(most).toBe(2)
})

test('429 is waited for and asked again; another error is passed on', async () => {
  const limiter = new Limiter(1)
  const answers = [new ApiError(429, 'RATE_LIMIT_EXCEEDED', 'wait', null, {}, 3), 'done']
  const asked = vi.fn(() => {
    const next = answers.shift()
    return next instanceof ApiError ? Promise.reject(next) : Promise.resolve(next)
  })
  const result = limiter.run(asked)
  await vi.advanceTimersByTimeAsync(2999)
  expect(asked).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(await result).toBe('done')
  await expect(limiter.run(() => Promise.reject(new ApiError(404, 'NOT_FOUND', 'no')))).rejects.toThrow('no')
})
