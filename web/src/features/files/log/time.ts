// SPDX-License-Identifier: Apache-2.0
/* Times of a log: where a time without a year is of 1972, as the analysis counts it. */
import type { LogResult } from '../results'

const yearless = 1972

/** The time of a bin as text; without the year when the log does not state one. */
export function binTime(seconds: number, language: string): string {
  const at = new Date(seconds * 1000)
  const hasYear = at.getUTCFullYear() !== yearless
  return new Intl.DateTimeFormat(language, {
    ...(hasYear ? { year: 'numeric' as const } : {}),
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
  }).format(at)
}

/** The seconds of a time stamp as the log writes it, by the clock of the analysis; null if it is of another form. */
export function secondsOf(timestamp: string): number | null {
  const bsd = /^([A-Z][a-z]{2}) +(\d{1,2}) (\d\d):(\d\d):(\d\d)/.exec(timestamp)
  const text = bsd === null ? timestamp : `${yearless} ${bsd[1]} ${bsd[2]} ${bsd[3]}:${bsd[4]}:${bsd[5]} UTC`
  if (bsd === null && !/^\d{4}-\d\d-\d\d[T ]/.test(timestamp)) return null
  const ms = Date.parse(
    bsd === null && !/(Z|[+-]\d\d:?\d\d)$/.test(text) ? `${text.replace(' ', 'T')}Z` : text,
  )
  return Number.isNaN(ms) ? null : ms / 1000
}

/**
 * The line at which a bin begins: that of its first event that the analysis kept, else that of the next
 * one. Null when no time of an event can be read.
 */
export function lineOfBin(log: LogResult, bin: number): number | null {
  if (log.timeline === null) return null
  const start = log.timeline.start_s + bin * log.timeline.interval_s
  for (const event of log.events) {
    const at = secondsOf(event.timestamp)
    if (at !== null && at >= start) return event.line_start
  }
  return null
}
