// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { tintOf } from './tint'

test('comments, negated lines and what is shut down are known by their first words', () => {
  const tint = (line: string) => tintOf(line, 'config')
  expect(['! a comment', '## Last commit', ' # x', '/* x */'].map(tint)).toEqual(Array(4).fill('comment'))
  expect([' shutdown', 'set interfaces ge-0/0/1 disable', '    disable;'].map(tint)).toEqual(
    Array(3).fill('shutdown'),
  )
  expect([' no ip redirects', 'no aaa new-model', 'undo info-center enable'].map(tint)).toEqual(
    Array(3).fill('negated'),
  )
  expect(tint(' no shutdown')).toBe('negated')
  expect(tint(' description shutdown for maintenance')).toBe('plain')
  expect(tintOf('! in a log', 'log')).toBe('plain')
})
