// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { pageOf, rowByKey } from './listKeys'

test('keys move within the list', () => {
  expect(rowByKey('ArrowDown', 3, 10, 4)).toBe(4)
  expect(rowByKey('ArrowDown', 9, 10, 4)).toBe(9)
  expect(rowByKey('PageUp', 3, 10, 4)).toBe(0)
  expect(rowByKey('PageDown', 3, 10, 4)).toBe(7)
  expect(rowByKey('End', 3, 10, 4)).toBe(9)
  expect(rowByKey('ArrowUp', -1, 10, 4)).toBe(0)
  expect(rowByKey('Home', 0, 0, 4)).toBe(0)
  expect(rowByKey('x', 3, 10, 4)).toBeNull()
})

test('a page is at least a row', () => {
  expect(pageOf(null, 28)).toBe(8)
  const low = document.createElement('div')
  expect(pageOf(low, 28)).toBe(1)
})
