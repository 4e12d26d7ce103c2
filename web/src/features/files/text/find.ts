// SPDX-License-Identifier: Apache-2.0
/* Searching in lines, by text, regular expression or prefix, a slice of lines at a time. */
import { addressesIn, parsePrefix, type Range } from './address'
import { breathe } from './lines'

export type Matcher = (line: string) => Range[]
export type FindMode = 'text' | 'regex'

const wordOnlyLimit = 200

/** The matcher of what was typed; null for nothing, and the message of the browser for a wrong expression. */
export function matcherFor(query: string, mode: FindMode): Matcher | string | null {
  if (query === '') return null
  if (mode === 'text') {
    const prefix = query.includes('/') ? parsePrefix(query) : null
    if (prefix !== null) return (line) => addressesIn(line, prefix)
    return matcherOf(new RegExp(query.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'gi'))
  }
  try {
    return matcherOf(new RegExp(query, 'gi'))
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function matcherOf(expression: RegExp): Matcher {
  return (line) => {
    const found: Range[] = []
    for (const match of line.matchAll(expression)) {
      // An expression that also matches nothing (a*) marks only what it finds.
      if (match[0] !== '') found.push({ from: match.index, to: match.index + match[0].length })
      if (found.length >= wordOnlyLimit) break
    }
    return found
  }
}

export const findLimit = 100_000
const sliceMs = 12

/** The numbers (from 0) of the lines that match, at most findLimit; `progress` hears them as they come. */
export async function findLines(
  lines: readonly string[],
  matcher: Matcher,
  progress: (found: number[], done: boolean) => void,
  signal: AbortSignal,
): Promise<void> {
  const found: number[] = []
  let until = performance.now() + sliceMs
  for (const [at, line] of lines.entries()) {
    if (matcher(line).length > 0) found.push(at)
    if (found.length >= findLimit) break
    if ((at & 255) === 255 && performance.now() > until) {
      progress([...found], false)
      await breathe()
      if (signal.aborted) return
      until = performance.now() + sliceMs
    }
  }
  progress(found, true)
}
