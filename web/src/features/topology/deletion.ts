// SPDX-License-Identifier: Apache-2.0
/* Deleting with a way back: the server is told when the time for it is over. */
import { useQueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { api } from '@/api/client'
import { useTexts } from '@/i18n'
import { useErrorText, useToast } from '@/ui'
import type { Summary } from './graph'
import { topologyTexts } from './texts'

let deleted: ReadonlySet<string> = new Set()
const listeners = new Set<() => void>()

function change(id: string, isDeleted: boolean): void {
  const next = new Set(deleted)
  if (isDeleted) next.add(id)
  else next.delete(id)
  deleted = next
  for (const listener of listeners) listener()
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

/** The topologies that are deleted, or about to be. */
export function useDeleted(): ReadonlySet<string> {
  return useSyncExternalStore(subscribe, () => deleted)
}

/** As long as the message with the way back is shown. */
const regretMs = 6_000

export function useDelete(): (topology: Summary) => void {
  const t = useTexts(topologyTexts)
  const toast = useToast()
  const errorText = useErrorText()
  const client = useQueryClient()
  return ({ id, title }) => {
    change(id, true)
    const timer = setTimeout(() => {
      api
        .DELETE('/api/v1/topology/{id}', { params: { path: { id } } })
        .then(() => client.invalidateQueries({ queryKey: ['topologies'] }))
        .catch((error: unknown) => {
          change(id, false)
          toast(errorText(error))
        })
    }, regretMs)
    toast(t.deleted(title), () => {
      clearTimeout(timer)
      change(id, false)
    })
  }
}
