// SPDX-License-Identifier: Apache-2.0
/* What is shown, as it stands in the address. */
import { useCallback, useMemo } from 'react'
import { useSearchParams } from 'react-router'

export const views = ['all', 'l2', 'l3', 'ospf', 'bgp', 'vlan'] as const
export type View = (typeof views)[number]
export const tabs = ['selection', 'findings', 'devices', 'changes'] as const
export type Tab = (typeof tabs)[number]

export interface Shown {
  view: View
  vlan: number | null
  selected: string | null
  /** The number of a finding in the list of the topology. */
  finding: number | null
  focus: string | null
  hops: number
  /** Patterns of names (lis-acc*) or groups (group:dc1). */
  hide: string[]
  fold: string[]
  compare: string | null
  tab: Tab | null
}

const oneOf = <T extends string>(value: string | null, known: readonly T[]): T | null =>
  known.find((name) => name === value) ?? null

function wholeNumber(value: string | null, from: number, to: number): number | null {
  const number = /^\d{1,6}$/.test(value ?? '') ? Number(value) : NaN
  return number >= from && number <= to ? number : null
}

export function readShown(search: URLSearchParams): Shown {
  return {
    view: oneOf(search.get('view'), views) ?? 'all',
    vlan: wholeNumber(search.get('vlan'), 1, 4094),
    selected: search.get('selected'),
    finding: wholeNumber(search.get('finding'), 0, 999_999),
    focus: search.get('focus'),
    hops: wholeNumber(search.get('hops'), 1, 9) ?? 1,
    hide: search.getAll('hide').filter((rule) => rule !== ''),
    fold: search.getAll('fold').filter((rule) => rule !== ''),
    compare: search.get('compare'),
    tab: oneOf(search.get('tab'), tabs),
  }
}

/** Writes only what differs from the default, so that addresses stay short. */
export function writeShown(shown: Shown): URLSearchParams {
  const search = new URLSearchParams()
  const set = (name: string, value: string | number | null) => {
    if (value !== null) search.set(name, String(value))
  }
  set('view', shown.view === 'all' ? null : shown.view)
  set('vlan', shown.view === 'vlan' ? shown.vlan : null)
  set('selected', shown.selected)
  set('finding', shown.finding)
  set('focus', shown.focus)
  set('hops', shown.focus === null ? null : shown.hops)
  for (const rule of shown.hide) search.append('hide', rule)
  for (const rule of shown.fold) search.append('fold', rule)
  set('compare', shown.compare)
  set('tab', shown.tab)
  return search
}

/** What is shown, and a function that changes a part of it in the address. */
export function useShown(): [Shown, (change: Partial<Shown>) => void] {
  const [search, setSearch] = useSearchParams()
  const shown = useMemo(() => readShown(search), [search])
  const change = useCallback(
    (part: Partial<Shown>) =>
      setSearch((now) => writeShown({ ...readShown(now), ...part }), {
        // Selecting is no place to go back to; another view is.
        replace: !('view' in part || 'compare' in part || 'focus' in part),
        preventScrollReset: true,
      }),
    [setSearch],
  )
  return [shown, change]
}
