// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { dateIn, everyDay, scaleOf, type UsageDay } from './usageDays'

const day = (date: string, tokens_total: number): UsageDay => ({
  date,
  answers: 1,
  tokens_in: tokens_total,
  tokens_out: 0,
  tokens_cached: 0,
  tokens_total,
  cost_micros: 0,
})

test('today is the date where the user is', () => {
  const late = new Date('2026-03-01T01:30:00Z')
  expect(dateIn('America/Sao_Paulo', late)).toBe('2026-02-28')
  expect(dateIn('UTC', late)).toBe('2026-03-01')
})

test('days without usage stand between the others, over the end of a month and of summer time', () => {
  const days = everyDay([day('2026-03-29', 7), day('2026-02-01', 9)], 31, '2026-03-30')
  expect(days).toHaveLength(31)
  expect(days[0]?.date).toBe('2026-02-28')
  expect(new Set(days.map((one) => one.date)).size).toBe(31)
  expect(days.map((one) => one.tokens_total).reduce((a, b) => a + b)).toBe(7)
})

test('a scale ends at a round number and has two to four lines', () => {
  expect(scaleOf(0)).toEqual({ top: 1, lines: [] })
  for (const largest of [1, 3, 999, 1000, 1001, 4321, 77_000]) {
    const { top, lines } = scaleOf(largest)
    expect(top).toBeGreaterThanOrEqual(largest)
    expect(top).toBeLessThanOrEqual(largest * 2)
    expect(lines.length).toBeGreaterThanOrEqual(2)
    expect(lines.length).toBeLessThanOrEqual(4)
    expect(lines.at(-1)).toBeCloseTo(top)
  }
})
