// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import type { LogResult } from '../results'
import { binTime, lineOfBin, secondsOf } from './time'

test('times are read as the analysis counts them', () => {
  expect(secondsOf('Mar 12 07:00:27')).toBe(69231600 + 27)
  expect(secondsOf('2026-03-12T07:00:27Z')).toBe(Date.UTC(2026, 2, 12, 7, 0, 27) / 1000)
  expect(secondsOf('2026-03-12 07:00:27')).toBe(Date.UTC(2026, 2, 12, 7, 0, 27) / 1000)
  expect(secondsOf('1d02h')).toBeNull()
})

test('a time without a year is shown without one', () => {
  expect(binTime(69231600, 'en')).toBe('Mar 12, 07:00:00')
  expect(binTime(Date.UTC(2026, 2, 12, 7) / 1000, 'en')).toContain('2026')
})

test('a bin leads to its first event', () => {
  const log = {
    timeline: { start_s: 69231600, interval_s: 240, messages: [1, 0, 2], severe: [0, 0, 0] },
    events: [
      { timestamp: 'Mar 12 07:00:27', line_start: 1 },
      { timestamp: 'Mar 12 07:09:00', line_start: 5 },
    ],
  } as unknown as LogResult
  expect([0, 1, 2, 3].map((bin) => lineOfBin(log, bin))).toEqual([1, 5, 5, null])
})
