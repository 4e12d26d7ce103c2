// SPDX-License-Identifier: Apache-2.0
/* The part of a filter that chosen time is: it stands last, behind what else is asked for. */

import { FilterError, parseFilter, symbolOf, tokenize } from './filter/parse'

export interface TimeRange {
  from: number
  to: number
}

const clause = /^(?:([^]*) && )?start < (\d+(?:\.\d+)?) && end >= (\d+(?:\.\d+)?)$/

/** The time that a filter ends with, as withTime() writes it; null if it does not. */
export function timeOf(filter: string): TimeRange | null {
  const match = clause.exec(filter.trim())
  return match === null ? null : { from: Number(match[3]), to: Number(match[2]) }
}

/** What a filter without a fault says; of one with a fault, the fallback. */
function read<T>(reading: () => T, fallback: T): T {
  try {
    return reading()
  } catch (error) {
    if (error instanceof FilterError) return fallback
    throw error
  }
}

const isChoice = (filter: string) => read(() => parseFilter(filter)?.is === 'or', true)

/** Whether the first bracket closes with the last one. */
function isBracketed(filter: string): boolean {
  const tokens = read(() => tokenize(filter).slice(0, -1), [])
  let depth = 0
  const closes = tokens.findIndex((token) => {
    depth += symbolOf(token) === '(' ? 1 : symbolOf(token) === ')' ? -1 : 0
    return depth === 0
  })
  return tokens.length > 2 && closes === tokens.length - 1
}

function withoutTime(filter: string): string {
  const match = clause.exec(filter.trim())
  if (match === null) return filter.trim()
  const rest = match[1] ?? ''
  return isBracketed(rest) && isChoice(rest) ? rest.slice(1, -1) : rest
}

/* To the microsecond, which is the shortest bar. */
const digits = (seconds: number) => String(Math.max(0, Math.round(seconds * 1e6) / 1e6))

/** A filter with this time instead of the one that it had; with null, without any. */
export function withTime(filter: string, range: TimeRange | null): string {
  const rest = withoutTime(filter)
  if (range === null) return rest
  const time = `start < ${digits(range.to)} && end >= ${digits(range.from)}`
  if (rest === '') return time
  return `${isChoice(rest) ? `(${rest})` : rest} && ${time}`
}
