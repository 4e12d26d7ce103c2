// SPDX-License-Identifier: Apache-2.0
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Deletions, undoMs } from './deletion'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

test('files are hidden at once and deleted when the time to undo is over', async () => {
  const removed: string[] = []
  const deletions = new Deletions((id) => Promise.resolve(removed.push(id)))
  const ended = vi.fn(() => Promise.resolve())
  deletions.schedule(['a', 'b', 'c', 'd'], ended)
  expect([...deletions.snapshot()]).toEqual(['a', 'b', 'c', 'd'])
  await vi.advanceTimersByTimeAsync(undoMs - 1)
  expect(removed).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(removed.sort()).toEqual(['a', 'b', 'c', 'd'])
  expect(ended).toHaveBeenCalledWith([])
  expect(deletions.snapshot().size).toBe(0)
})

test('undo brings back only its own files', async () => {
  const removed: string[] = []
  const deletions = new Deletions((id) => Promise.resolve(removed.push(id)))
  const undo = deletions.schedule(['a'], () => Promise.resolve())
  deletions.schedule(['b'], () => Promise.resolve())
  undo()
  expect([...deletions.snapshot()]).toEqual(['b'])
  await vi.advanceTimersByTimeAsync(undoMs)
  expect(removed).toEqual(['b'])
})

test('what could not be deleted is told, and the rest is deleted', async () => {
  const deletions = new Deletions((id) =>
    id === 'a' ? Promise.reject(new Error('busy')) : Promise.resolve(),
  )
  const ended = vi.fn((errors: unknown[]) => Promise.resolve(errors))
  deletions.schedule(['a', 'b'], ended)
  await vi.advanceTimersByTimeAsync(undoMs)
  expect(ended.mock.calls[0]?.[0]).toHaveLength(1)
})
