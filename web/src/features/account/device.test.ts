// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { deviceOf, originOf } from './device'

test('browsers are told apart although each names the others', () => {
  const like = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)'
  expect(deviceOf(`${like} Chrome/140.0.0.0 Safari/537.36`)).toBe('Chrome 140, Windows')
  expect(deviceOf(`${like} Chrome/140.0.0.0 Safari/537.36 Edg/140.0`)).toBe('Edge 140, Windows')
  expect(deviceOf('Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0')).toBe(
    'Firefox 143, Linux',
  )
  expect(
    deviceOf(
      'Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 Version/18.5 Mobile/15E148 Safari/604.1',
    ),
  ).toBe('Safari 18, iOS')
})

test('another program is shown as it names itself', () => {
  expect(deviceOf('curl/7.88.1')).toBe('curl/7.88.1')
  expect(deviceOf('x'.repeat(300))).toHaveLength(80)
})

test('an act is shown with the program, if it is known, and the address', () => {
  expect(originOf('curl/7.88.1', '192.0.2.7')).toBe('curl/7.88.1 · 192.0.2.7')
  expect(originOf('', '192.0.2.7')).toBe('192.0.2.7')
})
