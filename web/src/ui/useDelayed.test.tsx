// SPDX-License-Identifier: Apache-2.0
import { act, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { useDelayed } from './useDelayed'

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

function pass(ms: number) {
  act(() => {
    vi.advanceTimersByTime(ms)
  })
}

function field(value: string) {
  const commit = vi.fn<(text: string) => void>()
  const hook = renderHook((now: string) => useDelayed(now, commit), { initialProps: value })
  return {
    commit,
    hook,
    text: () => hook.result.current[0],
    type: (text: string) => {
      act(() => hook.result.current[1](text))
    },
  }
}

test('only the last of what was typed quickly is sent', () => {
  const { commit, type, text } = field('')
  type('os')
  pass(100)
  type('ospf')
  expect(text()).toBe('ospf')
  pass(249)
  expect(commit).not.toHaveBeenCalled()
  pass(1)
  expect(commit.mock.calls).toEqual([['ospf']])
})

test('the field follows the address when another changes it', () => {
  const { commit, type, text, hook } = field('ospf')
  type('ospf ar')
  hook.rerender('bgp')
  expect(text()).toBe('bgp')
  pass(1000)
  expect(commit).not.toHaveBeenCalled()
})
