// SPDX-License-Identifier: Apache-2.0
/* Deleting with a way back: the files are hidden at once and deleted some seconds later. */
import { useQueryClient } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { api } from '@/api/client'
import { useTexts } from '@/i18n'
import { useErrorText, useToast } from '@/ui'
import { listTexts } from './texts'

export const undoMs = 6_000

export class Deletions {
  private hidden: ReadonlySet<string> = new Set()
  private listeners = new Set<() => void>()

  constructor(private readonly remove: (id: string) => Promise<unknown>) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }
  readonly snapshot = (): ReadonlySet<string> => this.hidden

  /** `ended` hears the errors of those that could not be deleted. Returns what takes it back. */
  schedule(ids: string[], ended: (errors: unknown[]) => Promise<unknown>): () => void {
    this.set(new Set([...this.hidden, ...ids]))
    const timer = setTimeout(() => {
      void this.removeAll(ids).then(async (errors) => {
        await ended(errors)
        this.showAgain(ids)
      })
    }, undoMs)
    return () => {
      clearTimeout(timer)
      this.showAgain(ids)
    }
  }

  private async removeAll(ids: string[]): Promise<unknown[]> {
    const errors: unknown[] = []
    const left = [...ids]
    const work = async () => {
      for (let id = left.shift(); id !== undefined; id = left.shift())
        await this.remove(id).catch((error: unknown) => errors.push(error))
    }
    await Promise.all([work(), work(), work()])
    return errors
  }

  private showAgain(ids: string[]): void {
    this.set(new Set([...this.hidden].filter((id) => !ids.includes(id))))
  }

  private set(hidden: ReadonlySet<string>): void {
    this.hidden = hidden
    for (const listener of this.listeners) listener()
  }
}

const deletions = new Deletions((id) => api.DELETE('/api/v1/files/{id}', { params: { path: { id } } }))

/** The files that are as good as deleted, and what deletes more. */
export function useDeletions() {
  const t = useTexts(listTexts)
  const toast = useToast()
  const errorText = useErrorText()
  const queries = useQueryClient()
  const hidden = useSyncExternalStore(deletions.subscribe, deletions.snapshot)
  const remove = (ids: string[]) => {
    const undo = deletions.schedule(ids, async (errors) => {
      if (errors.length > 0) toast(t.notDeleted(errors.length, errorText(errors[0])))
      for (const key of ['files', 'findings']) await queries.invalidateQueries({ queryKey: [key] })
    })
    toast(t.deleted(ids.length), undo)
  }
  return { hidden, remove }
}
