// SPDX-License-Identifier: Apache-2.0
/* The rows of a comparison: what stands beside what, what is folded, where a change begins. */
import type { Pairs } from './diff'

/** Lines from 0; null where the other side has one more. */
export interface Pair {
  a: number | null
  b: number | null
  same: boolean
}

export interface Change {
  /** The pairs of it: [from, to). */
  from: number
  to: number
  removed: number
  added: number
}

export interface Comparison {
  pairs: Pair[]
  changes: Change[]
}

export function compare(match: Pairs, lengthB: number): Comparison {
  const pairs: Pair[] = []
  const changes: Change[] = []
  let [a, b] = [0, 0]
  while (a < match.length || b < lengthB) {
    if (a < match.length && match[a] === b) {
      pairs.push({ a: a++, b: b++, same: true })
      continue
    }
    let [a1, b1] = [a, b]
    while (a1 < match.length && match[a1] === -1) a1 += 1
    b1 = a1 < match.length ? (match[a1] as number) : lengthB
    const from = pairs.length
    for (let at = 0; at < Math.max(a1 - a, b1 - b); at++)
      pairs.push({ a: a + at < a1 ? a + at : null, b: b + at < b1 ? b + at : null, same: false })
    changes.push({ from, to: pairs.length, removed: a1 - a, added: b1 - b })
    a = a1
    b = b1
  }
  return { pairs, changes }
}

export type Row =
  | { kind: 'pair'; pair: Pair; change: number | null }
  | { kind: 'one'; side: 'a' | 'b'; line: number; change: number }
  | { kind: 'fold'; from: number; to: number }

interface Shape {
  context: number
  /** The first pairs of folds that are opened. */
  opened: ReadonlySet<number>
  all: boolean
  /** Beside each other, or one below the other. */
  beside: boolean
}

export function rowsOf({ pairs, changes }: Comparison, { context, opened, all, beside }: Shape): Row[] {
  const rows: Row[] = []
  const same = (from: number, to: number) => {
    for (let at = from; at < to; at++) rows.push({ kind: 'pair', pair: pairs[at] as Pair, change: null })
  }
  const between = (from: number, to: number, before: boolean, after: boolean) => {
    const start = before ? Math.min(to, from + context) : from
    const end = after ? Math.max(start, to - context) : to
    // A fold of one line would take as much room as the line.
    if (all || opened.has(start) || end - start < 2) same(from, to)
    else {
      same(from, start)
      rows.push({ kind: 'fold', from: start, to: end })
      same(end, to)
    }
  }
  let at = 0
  for (const [number, change] of changes.entries()) {
    between(at, change.from, number > 0, true)
    const inside = pairs.slice(change.from, change.to)
    if (beside) for (const pair of inside) rows.push({ kind: 'pair', pair, change: number })
    else
      for (const side of ['a', 'b'] as const)
        for (const pair of inside) {
          const line = pair[side]
          if (line !== null) rows.push({ kind: 'one', side, line, change: number })
        }
    at = change.to
  }
  between(at, pairs.length, changes.length > 0, false)
  return rows
}

/** What differs in two lines that stand beside each other: [from, to) of each. */
export function within(a: string, b: string): [[number, number], [number, number]] {
  let start = 0
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1
  let end = 0
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1
  // Where the difference cuts through a number or a name, the whole of it is marked.
  const isWord = (text: string, at: number) => /[\w.:/-]/.test(text[at] ?? '')
  while (start > 0 && isWord(a, start - 1) && (isWord(a, start) || isWord(b, start))) start -= 1
  while (
    end > 0 &&
    isWord(a, a.length - end) &&
    (isWord(a, a.length - end - 1) || isWord(b, b.length - end - 1))
  )
    end -= 1
  return [
    [start, a.length - end],
    [start, b.length - end],
  ]
}
