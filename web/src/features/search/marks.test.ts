// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { excerpt, markWords, wordsOf } from './marks'

const marked = (text: string, query: string) =>
  markWords(text, wordsOf(query))
    .filter((piece) => piece.marked)
    .map((piece) => piece.text)

test('addresses and interface names are one word, and words that say nothing are left out', () => {
  expect(wordsOf('Why is 10.0.0.2 down on Gi0/2?')).toEqual(['10.0.0.2', 'gi0/2', 'down'])
  expect(wordsOf('por que o OSPF?')).toEqual(['ospf'])
})

test('marks the beginnings of words in any case, never inside of a word', () => {
  expect(marked('OSPFv3 and ospf, no xospf', 'ospf')).toEqual(['OSPF', 'ospf'])
})

test('what is special in a pattern is only text', () => {
  expect(marked('10.0.0.2 and 10x0x0x2', '10.0.0.2')).toEqual(['10.0.0.2'])
  expect(marked('neighbor (a|b)* [x]', 'a|b)* [x')).toEqual(['a|b'])
  expect(marked('50-ACCESS a-b', '50-access')).toEqual(['50-ACCESS'])
})

test('the pieces put together are the text', () => {
  const text = '<b>ospf</b>\n área ospf'
  const pieces = markWords(text, wordsOf('ospf área'))
  expect(pieces.map((piece) => piece.text).join('')).toBe(text)
  expect(pieces.filter((piece) => piece.marked)).toHaveLength(3)
})

test('a long passage is shown around its first marked word', () => {
  const lines = Array.from({ length: 40 }, (_, at) => (at === 30 ? 'mtu 9214' : `line ${at}`)).join('\n')
  const short = excerpt(lines, ['mtu'], 6)
  expect(short.cut).toBe(true)
  expect(short.text.split('\n')).toHaveLength(6)
  expect(short.text).toContain('mtu 9214')
  expect(excerpt('a\nb\n', ['mtu'], 6)).toEqual({ text: 'a\nb', cut: false })
  expect(excerpt(lines, ['absent'], 3).text).toBe('line 0\nline 1\nline 2')
})
