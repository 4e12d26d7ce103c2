// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { fuzzy, rank } from './fuzzy'

const best = (names: string[], typed: string) => rank(names, typed, (name) => name, 9).map(({ item }) => item)

test('finds letters in order, and nothing else', () => {
  expect(best(['lis-dist2.cfg', 'lis-edge1.cfg', 'opo-rtr1.conf'], 'ld2')).toEqual(['lis-dist2.cfg'])
  expect(fuzzy('abc', 'cb')).toBeNull()
  expect(fuzzy('OSPF', 'of')?.at).toEqual([0, 3])
})

test('letters side by side and at beginnings come first', () => {
  expect(best(['network-log', 'logging'], 'log')).toEqual(['logging', 'network-log'])
  expect(best(['xexdxgxe', 'lis-edge1'], 'edge')[0]).toBe('lis-edge1')
  expect(best(['a-file-of-edges', 'fe'], 'fe')[0]).toBe('fe')
})

test('takes the best of several places, and tells which letters', () => {
  expect(fuzzy('e-x-edge', 'edge')?.at).toEqual([4, 5, 6, 7])
})

test('no letters find everything in the order given', () => {
  expect(best(['b', 'a'], ' ')).toEqual(['b', 'a'])
})

test('a long name of one letter takes no time', () => {
  const begun = performance.now()
  fuzzy('a'.repeat(5000), `${'a'.repeat(20)}b`)
  expect(performance.now() - begun).toBeLessThan(200)
})
