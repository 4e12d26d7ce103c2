// SPDX-License-Identifier: Apache-2.0
/*
 * Watches the open conversation, and holds the answers that are being written. What is stored is
 * fetched after the position of the events is known, so nothing falls between the two.
 */
import { useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { answerOf, emptyAnswer, takeEvent, type LiveAnswer } from './live'
import {
  forgetConversation,
  knownBranch,
  loadConversation,
  putConversation,
  putTitle,
  refreshBranches,
  refreshList,
} from './queries'
import { watchEvents, type Connection } from './stream'
import type { ChatEvent } from './types'

export type Answers = ReadonlyMap<string, LiveAnswer>

interface Turns {
  answers: Answers
  connection: Connection
  /** The conversation cannot be read, or was deleted elsewhere. */
  failure: unknown
  isDeleted: boolean
}

function subscribeToVisibility(changed: () => void): () => void {
  document.addEventListener('visibilitychange', changed)
  return () => document.removeEventListener('visibilitychange', changed)
}

function usePageVisible(): boolean {
  return useSyncExternalStore(subscribeToVisibility, () => document.visibilityState === 'visible')
}

/** Calls with all that has come since the last frame; a page out of sight has no frames. */
function useBatches<T>(handle: (batch: T[]) => void): (item: T) => void {
  const waiting = useRef<T[]>([])
  const handler = useRef(handle)
  useEffect(() => {
    handler.current = handle
  })
  return useCallback((item: T) => {
    waiting.current.push(item)
    if (waiting.current.length > 1) return
    const flush = () => handler.current(waiting.current.splice(0))
    if (document.visibilityState === 'visible') requestAnimationFrame(flush)
    else setTimeout(flush, 200)
  }, [])
}

export function useTurns(conversation: string, isRunning: boolean): Turns {
  const queries = useQueryClient()
  const [answers, setAnswers] = useState<Answers>(new Map())
  const [connection, setConnection] = useState<Connection>('connecting')
  const [failure, setFailure] = useState<unknown>(null)
  const [isDeleted, setIsDeleted] = useState(false)
  const position = useRef<number | null>(null)
  const isVisible = usePageVisible()

  const reload = useCallback(async () => {
    putConversation(queries, await loadConversation(conversation))
    await refreshBranches(queries, conversation)
  }, [queries, conversation])

  const take = useBatches<ChatEvent>((events) => {
    const known = knownBranch(queries, conversation)
    let isToReload = false
    setAnswers((now) => {
      const next = new Map(now)
      for (const event of events) {
        if (!('message_id' in event) || event.message_id === undefined) continue
        const id = event.message_id
        const stored = known.find((message) => message.id === id)
        if (stored !== undefined && stored.state !== 'streaming') continue
        const before = next.get(id) ?? (stored === undefined ? emptyAnswer(id) : answerOf(stored))
        next.set(id, takeEvent(before, event))
      }
      return next
    })
    for (const event of events) {
      if (event.type === 'title') {
        putTitle(queries, conversation, event.title)
        refreshList(queries)
      } else if (event.type === 'conversation_deleted') {
        forgetConversation(queries, conversation)
        refreshList(queries)
        setIsDeleted(true)
        return
      } else if (event.type === 'turn_started') {
        isToReload ||= !known.some((message) => message.id === event.message_id)
      } else if (event.type !== 'message_chunk') {
        isToReload ||= ['message_completed', 'error', 'reload'].includes(event.type)
      }
    }
    if (isToReload) {
      // What was lost is in the stored text; what is there is taken from the events.
      if (events.some((event) => event.type === 'reload')) setAnswers(new Map())
      void reload().catch(() => {})
      refreshList(queries)
    }
  })

  // A page out of sight needs no connection, of which a browser has few, unless an answer is written.
  const isWatching = isVisible || isRunning
  useEffect(() => {
    if (!isWatching) return
    const control = new AbortController()
    const begin = async () => {
      if (position.current !== null) return position.current
      const loaded = await loadConversation(conversation)
      putConversation(queries, loaded)
      void refreshBranches(queries, conversation)
      return loaded.events_after ?? 0
    }
    watchEvents({
      conversation,
      begin,
      signal: control.signal,
      onEvent: (event, at) => {
        position.current = at
        take(event)
      },
      onConnection: setConnection,
    }).catch((error: unknown) => {
      if (!control.signal.aborted) setFailure(error)
    })
    return () => control.abort()
  }, [conversation, isWatching, queries, take])

  // The text is put down every second: what is missing stands in the stored message soon.
  const hasGap = [...answers.values()].some((answer) => answer.hasGap && answer.state === 'streaming')
  useEffect(() => {
    if (!hasGap) return
    const timer = setTimeout(() => {
      void refreshBranches(queries, conversation).then(() => setAnswers(new Map()))
    }, 1_200)
    return () => clearTimeout(timer)
  }, [hasGap, queries, conversation])

  return { answers, connection, failure, isDeleted }
}
