// SPDX-License-Identifier: Apache-2.0
/* Numbers, sizes and times as people write them in their language and time zone. */
import { useMemo } from 'react'
import { useLanguage, type Language } from '.'

export interface Format {
  number: (value: number) => string
  /** Bytes in units of 1000, as disks and links are sold. */
  bytes: (value: number) => string
  /** A length of time with the unit that gives two or three digits. */
  seconds: (value: number) => string
  percent: (share: number) => string
  time: (iso: string) => string
  date: (iso: string) => string
  /** "3 minutes ago" */
  ago: (iso: string, now?: number) => string
  money: (dollars: number) => string
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
]

export function formatFor(language: Language): Format {
  const plain = new Intl.NumberFormat(language)
  const short = new Intl.NumberFormat(language, { maximumSignificantDigits: 3 })
  const share = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 })
  const dollars = new Intl.NumberFormat(language, {
    style: 'currency',
    currency: 'USD',
    maximumFractionDigits: 4,
  })
  const moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' })
  const day = new Intl.DateTimeFormat(language, { dateStyle: 'medium' })
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' })
  return {
    number: (value) => plain.format(value),
    bytes(value) {
      const unit = value < 1e3 ? 'B' : value < 1e6 ? 'kB' : value < 1e9 ? 'MB' : value < 1e12 ? 'GB' : 'TB'
      const scale = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 }[unit] ?? 1
      return `${short.format(value / scale)} ${unit}`
    },
    seconds(value) {
      if (value >= 7200) return `${short.format(value / 3600)} h`
      if (value >= 120) return `${short.format(value / 60)} min`
      if (value >= 1 || value === 0) return `${short.format(value)} s`
      if (value >= 1e-3) return `${short.format(value * 1e3)} ms`
      return `${short.format(value * 1e6)} µs`
    },
    percent: (value) => share.format(value),
    time: (iso) => moment.format(new Date(iso)),
    date: (iso) => day.format(new Date(iso)),
    ago(iso, now = Date.now()) {
      const seconds = (new Date(iso).getTime() - now) / 1000
      const [unit, size] = steps.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1]
      return relative.format(Math.round(seconds / size), unit)
    },
    money: (value) => dollars.format(value),
  }
}

export function useFormat(): Format {
  const { language } = useLanguage()
  return useMemo(() => formatFor(language), [language])
}
