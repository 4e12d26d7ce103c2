// SPDX-License-Identifier: Apache-2.0
import type { Schemas } from '@/api/client'

export type UsageDay = Schemas['Usage']['days'][number]

/** The date of a moment in a time zone, as YYYY-MM-DD. */
export function dateIn(zone: string, at: Date): string {
  const parts = new Intl.DateTimeFormat('en', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
  }).formatToParts(at)
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? ''
  return `${part('year')}-${part('month')}-${part('day')}`
}

/** Every day of the span that ends today, in order. The server leaves out days without usage. */
export function everyDay(days: UsageDay[], count: number, today: string): UsageDay[] {
  const known = new Map(days.map((day) => [day.date, day]))
  const last = Date.parse(`${today}T00:00:00Z`)
  return Array.from({ length: count }, (_, at) => {
    const date = new Date(last - (count - 1 - at) * 86_400_000).toISOString().slice(0, 10)
    return (
      known.get(date) ?? {
        date,
        answers: 0,
        tokens_in: 0,
        tokens_out: 0,
        tokens_cached: 0,
        tokens_total: 0,
        cost_micros: 0,
      }
    )
  })
}

/** A round number at or above the largest value, and the lines of the scale below it. */
export function scaleOf(largest: number): { top: number; lines: number[] } {
  if (largest <= 0) return { top: 1, lines: [] }
  const power = 10 ** Math.floor(Math.log10(largest))
  const step = [0.5, 1, 2, 5].map((one) => one * power).find((one) => largest / one <= 4) ?? 10 * power
  const top = Math.ceil(largest / step) * step
  return { top, lines: Array.from({ length: Math.round(top / step) }, (_, at) => (at + 1) * step) }
}
