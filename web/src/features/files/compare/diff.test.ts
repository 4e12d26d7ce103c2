// SPDX-License-Identifier: Apache-2.0
import { expect, test } from 'vitest'
import { diffLines } from './diff'
import { compare, rowsOf, within } from './rows'

const brief = async (a: string, b: string) => {
  const [x, y] = [a.split(''), b.split('')]
  const { pairs } = compare(await diffLines(x, y), y.length)
  return pairs
    .map((pair) =>
      pair.same
        ? x[pair.a ?? 0]
        : `[${pair.a === null ? '' : x[pair.a]}|${pair.b === null ? '' : y[pair.b]}]`,
    )
    .join('')
}

test('what is added, removed and changed', async () => {
  expect(await brief('abc', 'abc')).toBe('abc')
  expect(await brief('', 'ab')).toBe('[|a][|b]')
  expect(await brief('abc', '')).toBe('[a|][b|][c|]')
  expect(await brief('abcd', 'axcd')).toBe('a[b|x]cd')
  expect(await brief('abcd', 'abxycd')).toBe('ab[|x][|y]cd')
})

test('lines that repeat are matched in order', async () => {
  expect(await brief('!!!!', '!!!')).toBe('!!![!|]')
  expect(await brief('a!b!c!', 'a!c!')).toBe('a![b|][!|]c!')
  expect(await brief('xyxyzzy', 'yxyzxzy')).toMatch(/^\[x\|\]/)
})

/** The pairs must be of the same lines, in the same order on both sides. */
function check(a: string[], b: string[], pairs: Int32Array) {
  let last = -1
  const wrong: number[] = []
  for (const [at, other] of pairs.entries()) {
    if (other < 0) continue
    if (other <= last || b[other] !== a[at]) wrong.push(at)
    last = other
  }
  expect(wrong).toEqual([])
}

test('any two texts: the pairs are equal lines in order, and few edits are found as few', async () => {
  let seed = 7
  const random = (below: number) => (seed = (seed * 48271) % 2147483647) % below
  for (let round = 0; round < 200; round++) {
    const a = Array.from({ length: random(40) }, () => String(random(6)))
    const b = a.filter(() => random(5) > 0).flatMap((line) => (random(6) === 0 ? [line, 'new'] : [line]))
    const pairs = await diffLines(a, b)
    check(a, b, pairs)
  }
})

test('100,000 lines with changes are compared, and texts that have nothing in common too', async () => {
  const a = Array.from({ length: 100_000 }, (_, at) => (at % 3 === 0 ? '!' : `line ${at}`))
  const b = a.flatMap((line, at) => (at % 1000 === 500 ? [`${line} changed`, 'more'] : [line]))
  const pairs = await diffLines(a, b)
  check(a, b, pairs)
  expect(compare(pairs, b.length).changes).toHaveLength(100)
  const other = Array.from({ length: 50_000 }, (_, at) => `other ${at % 7}`)
  const none = await diffLines(a, other)
  expect(none.every((pair) => pair === -1)).toBe(true)
}, 20_000)

test('what is far from a change is folded, and opened when asked', async () => {
  const a = Array.from({ length: 30 }, (_, at) => `l${at}`)
  const b = a.map((line, at) => (at === 15 ? 'x' : line))
  const comparison = compare(await diffLines(a, b), b.length)
  const shape = { context: 3, opened: new Set<number>(), all: false, beside: true }
  const kinds = rowsOf(comparison, shape).map((row) =>
    row.kind === 'fold' ? `${row.from}-${row.to}` : row.kind,
  )
  expect(kinds).toEqual(['0-12', ...Array<string>(7).fill('pair'), '19-30'])
  expect(rowsOf(comparison, { ...shape, opened: new Set([19]) })).toHaveLength(1 + 7 + 11)
  expect(rowsOf(comparison, { ...shape, all: true, beside: false })).toHaveLength(31)
})

test('within a line the words that differ are marked as a whole', () => {
  const cut = (a: string, b: string) => {
    const [x, y] = within(a, b)
    return [a.slice(...x), b.slice(...y)]
  }
  expect(cut(' mtu 1500', ' mtu 9214')).toEqual(['1500', '9214'])
  expect(cut(' ip address 10.0.0.1 255.0.0.0', ' ip address 10.0.0.2 255.0.0.0')).toEqual([
    '10.0.0.1',
    '10.0.0.2',
  ])
  expect(cut('no shutdown', 'shutdown')).toEqual(['no ', ''])
})
