// SPDX-License-Identifier: Apache-2.0
/* The search within a text: its matches come while it goes on. */
import { useEffect, useMemo, useState } from 'react'
import { findLines, matcherFor, type FindMode, type Matcher } from './find'

export interface Find {
  matcher: Matcher | null
  /** The numbers from 0 of the lines that match. */
  found: number[]
  searching: boolean
  /** Why the expression is none. */
  wrong: string | null
}

interface Found {
  of: Matcher
  lines: number[]
  done: boolean
}

export function useFind(lines: readonly string[], query: string, mode: FindMode): Find {
  const matched = useMemo(() => matcherFor(query, mode), [query, mode])
  const matcher = typeof matched === 'function' ? matched : null
  const [found, setFound] = useState<Found | null>(null)
  useEffect(() => {
    if (matcher === null) return
    const abort = new AbortController()
    const timer = setTimeout(
      () =>
        void findLines(
          lines,
          matcher,
          (numbers, done) => setFound({ of: matcher, lines: numbers, done }),
          abort.signal,
        ),
      lines.length > 20_000 ? 150 : 0,
    )
    return () => {
      clearTimeout(timer)
      abort.abort()
    }
  }, [lines, matcher])
  const current = found !== null && found.of === matcher ? found : null
  return {
    matcher,
    found: current?.lines ?? [],
    searching: matcher !== null && current?.done !== true,
    wrong: typeof matched === 'string' ? matched : null,
  }
}
