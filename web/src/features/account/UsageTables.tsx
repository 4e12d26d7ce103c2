// SPDX-License-Identifier: Apache-2.0
import type { Schemas } from '@/api/client'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import styles from './usage.module.css'
import type { UsageDay } from './usageDays'
import { usageTexts } from './usageTexts'

type UsageModel = Omit<Schemas['Usage']['models'][number], 'cost_micros'> & { cost_micros?: number }

/** An administrator's view has no cost by model. */
export function ModelTable({ models }: { models: UsageModel[] }) {
  const t = useTexts(usageTexts)
  const format = useFormat()
  return (
    <div className={styles.scroll} role="region" aria-label={t.byModel} tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t.provider}</th>
            <th scope="col">{t.model}</th>
            <th scope="col" className="number">
              {t.answers}
            </th>
            <th scope="col" className="number">
              {t.tokens}
            </th>
            <th scope="col" className="number">
              {t.cost}
            </th>
          </tr>
        </thead>
        <tbody>
          {models.map((one) => (
            <tr key={`${one.provider ?? ''} ${one.model ?? ''}`}>
              <td>{one.provider ?? t.sources}</td>
              <td className="mono">{one.model ?? '–'}</td>
              <td className="number">{format.number(one.answers)}</td>
              <td className="number">{format.number(one.tokens_total)}</td>
              <td className="number">
                {one.cost_micros === undefined ? '–' : format.money(one.cost_micros / 1e6)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

export function DayTable({ days }: { days: UsageDay[] }) {
  const t = useTexts(usageTexts)
  const format = useFormat()
  return (
    <div className={styles.scroll} role="region" aria-label={t.byDay} tabIndex={0}>
      <table className={styles.table}>
        <thead>
          <tr>
            <th scope="col">{t.day}</th>
            {[t.answers, t.tokensIn, t.tokensOut, t.tokens, t.cost].map((head) => (
              <th key={head} scope="col" className="number">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days.map((day) => (
            <tr key={day.date}>
              <td>{format.date(`${day.date}T12:00`)}</td>
              {[day.answers, day.tokens_in, day.tokens_out, day.tokens_total].map((value, at) => (
                <td key={at} className="number">
                  {format.number(value)}
                </td>
              ))}
              <td className="number">{format.money(day.cost_micros / 1e6)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
