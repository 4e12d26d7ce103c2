// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { addressesIn, contains, parsePrefix } from './address'
import { findLines, matcherFor } from './find'

const found = (query: string, line: string, mode: 'text' | 'regex' = 'text') => {
  const matcher = matcherFor(query, mode)
  if (typeof matcher !== 'function') throw new Error(String(matcher))
  return matcher(line).map(({ from, to }) => line.slice(from, to))
}

test('text is found as it is written, whatever the case', () => {
  expect(found('gi0/0.1', 'interface Gi0/0.1 Gi0/0x1')).toEqual(['Gi0/0.1'])
  expect(found('(a|b)', 'x (A|B)')).toEqual(['(A|B)'])
})

test('an expression is found, and one that is wrong says why', () => {
  expect(found('permit|deny', '10 permit ip any', 'regex')).toEqual(['permit'])
  expect(found('x*', 'abc', 'regex')).toEqual([])
  expect(matcherFor('(', 'regex')).toContain('Invalid regular expression')
})

test('a prefix finds the addresses and prefixes inside it and no others', () => {
  expect(found('10.0.0.0/16', ' ip address 10.0.1.14 255.255.255.252 10.1.0.1')).toEqual(['10.0.1.14'])
  expect(found('10.0.0.0/16', 'route 10.0.0.0/8, 10.0.128.0/17, 110.0.0.1, 10.0.0.1.')).toEqual([
    '10.0.128.0/17',
    '10.0.0.1',
  ])
  expect(found('2001:db8::/32', ' ipv6 address 2001:db8:a:1::2/64 2001:db9::1')).toEqual([
    '2001:db8:a:1::2/64',
  ])
  expect(found('0.0.0.0/0', 'at 10:20:30 version 17.9 mac 0000.5e00.5333 aa:bb:cc:dd:ee:ff')).toEqual([])
})

test('prefixes are read, and what is none is not', () => {
  expect(parsePrefix('10.0.0.1')?.length).toBe(32)
  for (const text of ['10.0.0.256', '10.0.0.0/33', '1.2.3', '::1::', 'Gi0/0', '10.0.0.0/8/8'])
    expect(parsePrefix(text)).toBeNull()
  const [wide, narrow] = [parsePrefix('::/0'), parsePrefix('fe80::1/64')]
  if (wide === null || narrow === null) throw new Error('not read')
  expect(contains(wide, narrow)).toBe(true)
  expect(contains(narrow, wide)).toBe(false)
  expect(addressesIn('::', wide)).toEqual([])
})

test('the lines that match are told, in slices', async () => {
  const lines = Array.from({ length: 5000 }, (_, at) => (at % 1000 === 0 ? 'ospf' : 'bgp'))
  const matcher = matcherFor('ospf', 'text')
  if (typeof matcher !== 'function') throw new Error('no matcher')
  let last: number[] = []
  await findLines(lines, matcher, (numbers) => (last = numbers), new AbortController().signal)
  expect(last).toEqual([0, 1000, 2000, 3000, 4000])
})
