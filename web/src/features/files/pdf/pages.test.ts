// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { pageOf } from './pages'

test('lines stand at their numbers, with the blank ones that were left out', () => {
  const page = pageOf([
    { line_start: 24, text: 'a\nb' },
    { line_start: 28, text: 'c' },
  ])
  expect(page).toEqual({ first: 24, lines: ['a', 'b', '', '', 'c'] })
  expect(pageOf([])).toEqual({ first: 1, lines: [] })
})
