// SPDX-License-Identifier: Apache-2.0
/* A deletion is done when it cannot be undone any more: after some seconds, or when the page is left. */
import { useSyncExternalStore } from 'react'
import { currentToken } from '@/api/client'

export const undoMs = 6_000

let pending: ReadonlyMap<string, ReturnType<typeof setTimeout>> = new Map()
const listeners = new Set<() => void>()

function change(next: Map<string, ReturnType<typeof setTimeout>>): void {
  pending = next
  for (const listener of listeners) listener()
}

function take(id: string): boolean {
  const timer = pending.get(id)
  if (timer === undefined) return false
  clearTimeout(timer)
  const next = new Map(pending)
  next.delete(id)
  change(next)
  return true
}

/** Hides the conversation now, and calls `remove` when the time to undo is over. */
export function deleteLater(id: string, remove: () => Promise<void>): void {
  // It stays hidden until the server has removed it.
  const timer = setTimeout(() => void remove().finally(() => take(id)), undoMs)
  change(new Map(pending).set(id, timer))
}

export function undoDeletion(id: string): boolean {
  return take(id)
}

window.addEventListener('pagehide', () => {
  for (const id of pending.keys()) {
    void fetch(`/api/v1/chat/conversations/${id}`, {
      method: 'DELETE',
      keepalive: true,
      headers: { Authorization: `Bearer ${currentToken() ?? ''}`, 'X-NetGuru-Client': 'page' },
    })
  }
})

export function useDeletions(): ReadonlyMap<string, unknown> {
  return useSyncExternalStore(
    (changed) => {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    () => pending,
  )
}
