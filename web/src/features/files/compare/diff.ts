// SPDX-License-Identifier: Apache-2.0
/*
 * The difference of two lists of lines. Lines that are in both exactly once hold the rest together (the
 * patience diff): stanzas that moved do not tear others apart. What lies between them is compared by
 * Myers' algorithm, up to a number of changes; beyond that it counts as replaced.
 */
import { breathe } from '../text/lines'

/** For each line of a the line of b that is the same one, or -1. Numbers from 0. */
export type Pairs = Int32Array

const sliceMs = 12
const mostChanges = 600

interface Part {
  a0: number
  a1: number
  b0: number
  b1: number
}

function numbered(a: readonly string[], b: readonly string[]): [Int32Array, Int32Array] {
  const numbers = new Map<string, number>()
  const number = (line: string) => {
    const key = line.trimEnd()
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, numbers.size)
    return numbers.size - 1
  }
  return [Int32Array.from(a, number), Int32Array.from(b, number)]
}

/** The longest rising sequence of the seconds, of pairs in the order of their firsts. */
function rising(pairs: [number, number][]): [number, number][] {
  const ends: number[] = []
  const before: number[] = []
  for (const [at, [, b]] of pairs.entries()) {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((pairs[ends[middle] as number] as [number, number])[1] < b) low = middle + 1
      else high = middle
    }
    before[at] = low === 0 ? -1 : (ends[low - 1] as number)
    ends[low] = at
  }
  const found: [number, number][] = []
  for (let at = ends.at(-1) ?? -1; at >= 0; at = before[at] as number)
    found.push(pairs[at] as [number, number])
  return found.reverse()
}

function anchors(a: Int32Array, b: Int32Array, { a0, a1, b0, b1 }: Part): [number, number][] {
  const inA = new Map<number, number>()
  for (let at = a0; at < a1; at++) inA.set(a[at] as number, inA.has(a[at] as number) ? -1 : at)
  const inB = new Map<number, number>()
  for (let at = b0; at < b1; at++) inB.set(b[at] as number, inB.has(b[at] as number) ? -1 : at)
  const pairs: [number, number][] = []
  for (const [line, at] of inA) {
    const other = inB.get(line)
    if (at >= 0 && other !== undefined && other >= 0) pairs.push([at, other])
  }
  return rising(pairs)
}

/** Myers' greedy algorithm within a part; leaves it as replaced when there are too many changes. */
function myers(a: Int32Array, b: Int32Array, { a0, a1, b0, b1 }: Part, pairs: Pairs): void {
  const [n, m] = [a1 - a0, b1 - b0]
  const most = Math.min(n + m, mostChanges)
  const offset = most + 1
  const far = new Int32Array(2 * most + 3)
  const trace: Int32Array[] = []
  const fromAbove = (v: Int32Array, k: number, d: number) =>
    k === -d || (k !== d && (v[offset + k - 1] as number) < (v[offset + k + 1] as number))
  for (let d = 0; d <= most; d++) {
    trace.push(far.slice())
    for (let k = -d; k <= d; k += 2) {
      let x = fromAbove(far, k, d) ? (far[offset + k + 1] as number) : (far[offset + k - 1] as number) + 1
      let y = x - k
      while (x < n && y < m && a[a0 + x] === b[b0 + y]) {
        x += 1
        y += 1
      }
      far[offset + k] = x
      if (x < n || y < m) continue
      for (let back = d; back >= 0; back--) {
        const v = trace[back] as Int32Array
        const diagonal = x - y
        const above = fromAbove(v, diagonal, back)
        const startX = above ? (v[offset + diagonal + 1] as number) : (v[offset + diagonal - 1] as number) + 1
        const endX = back === 0 ? 0 : startX
        while (x > endX) {
          x -= 1
          y -= 1
          pairs[a0 + x] = b0 + y
        }
        if (above) y -= 1
        else x -= 1
      }
      return
    }
  }
}

export async function diffLines(
  a: readonly string[],
  b: readonly string[],
  signal?: AbortSignal,
): Promise<Pairs> {
  const [x, y] = numbered(a, b)
  const pairs = new Int32Array(a.length).fill(-1)
  const parts: Part[] = [{ a0: 0, a1: a.length, b0: 0, b1: b.length }]
  let until = performance.now() + sliceMs
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    if (performance.now() > until) {
      await breathe()
      signal?.throwIfAborted()
      until = performance.now() + sliceMs
    }
    let { a0, a1, b0, b1 } = part
    while (a0 < a1 && b0 < b1 && x[a0] === y[b0]) pairs[a0++] = b0++
    while (a0 < a1 && b0 < b1 && x[a1 - 1] === y[b1 - 1]) pairs[--a1] = --b1
    if (a0 === a1 || b0 === b1) continue
    const rest = { a0, a1, b0, b1 }
    const held = anchors(x, y, rest)
    if (held.length === 0) myers(x, y, rest, pairs)
    for (const [at, other] of held) {
      pairs[at] = other
      parts.push({ a0, a1: at, b0, b1: other })
      a0 = at + 1
      b0 = other + 1
    }
    if (held.length > 0) parts.push({ a0, a1, b0, b1 })
  }
  return pairs
}
