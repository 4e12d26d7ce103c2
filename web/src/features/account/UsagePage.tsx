// SPDX-License-Identifier: Apache-2.0
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { ChartNoAxesColumn } from 'lucide-react'
import { useSearchParams } from 'react-router'
import { api, data } from '@/api/client'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { EmptyState, ErrorView, Facts, LinkButton, Loading, Page, Panel, Select, Time } from '@/ui'
import styles from './usage.module.css'
import { UsageChart } from './UsageChart'
import { dateIn, everyDay } from './usageDays'
import { DayTable, ModelTable } from './UsageTables'
import { usageTexts } from './usageTexts'

const spans = [7, 30, 90, 366]

export function Component() {
  const t = useTexts(usageTexts)
  const format = useFormat()
  const [search, setSearch] = useSearchParams()
  const asked = Number(search.get('days'))
  const span = spans.includes(asked) ? asked : 30
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const query = useQuery({
    queryKey: ['usage', span, zone],
    queryFn: () => data(api.GET('/api/v1/users/me/usage', { params: { query: { days: span, tz: zone } } })),
    placeholderData: keepPreviousData,
  })
  const choice = (
    <Select
      aria-label={t.span}
      value={span}
      onChange={(event) => setSearch({ days: event.target.value }, { replace: true })}
    >
      {spans.map((days) => (
        <option key={days} value={days}>
          {t.lastDays(format.number(days))}
        </option>
      ))}
    </Select>
  )
  if (query.data === undefined)
    return (
      <Page title={t.title} actions={choice}>
        {query.isError ? <ErrorView error={query.error} retry={() => void query.refetch()} /> : <Loading />}
      </Page>
    )
  const { quota, used_today, resets_at, time_zone, days, models } = query.data
  const sum = (
    of: 'answers' | 'tokens_in' | 'tokens_out' | 'tokens_cached' | 'tokens_total' | 'cost_micros',
  ) => days.reduce((total, day) => total + day[of], 0)
  return (
    <Page title={t.title} subtitle={t.zone(time_zone)} actions={choice}>
      {query.isError && <ErrorView error={query.error} retry={() => void query.refetch()} />}
      <div className={styles.top}>
        <Panel title={t.today}>
          <p className={styles.big}>{t.ofPlan(format.number(used_today), format.number(quota))}</p>
          <meter
            className={styles.meter}
            min={0}
            max={Math.max(quota, 1)}
            high={quota * 0.9}
            value={used_today}
            aria-label={t.today}
          />
          <p className="muted">
            {t.left(format.number(Math.max(0, quota - used_today)))}
            {' · '}
            {t.resets} <Time at={resets_at} relative />
          </p>
          <p className={styles.hint}>{t.planHint}</p>
        </Panel>
        <Panel title={t.total}>
          <Facts
            facts={[
              [t.answers, format.number(sum('answers'))],
              [
                t.tokens,
                `${format.number(sum('tokens_total'))} (${format.number(sum('tokens_in'))} ${t.tokensIn}, ${format.number(sum('tokens_out'))} ${t.tokensOut})`,
              ],
              ...(sum('tokens_cached') > 0
                ? [['', `${format.number(sum('tokens_cached'))} ${t.cached}`] as [string, string]]
                : []),
              [t.cost, format.money(sum('cost_micros') / 1e6)],
            ]}
          />
        </Panel>
      </div>
      {days.length === 0 ? (
        <Panel>
          <EmptyState
            icon={<ChartNoAxesColumn size={36} />}
            title={t.none}
            action={<LinkButton to="/account/keys">{t.addKey}</LinkButton>}
          >
            {t.noneText}
          </EmptyState>
        </Panel>
      ) : (
        <>
          <Panel title={t.chart}>
            <UsageChart days={everyDay(days, span, dateIn(time_zone, new Date()))} />
          </Panel>
          <Panel title={t.byModel} flush>
            <ModelTable models={models} />
          </Panel>
          <Panel title={t.byDay} flush>
            <DayTable days={[...days].sort((a, b) => b.date.localeCompare(a.date))} />
          </Panel>
        </>
      )}
    </Page>
  )
}
