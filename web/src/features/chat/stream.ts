// SPDX-License-Identifier: Apache-2.0
/* The events of a conversation over a connection that may be cut at any time. A client that comes back
 * with its last position misses nothing and gets nothing twice, or is told to reload. */
import { ApiError, authorizedFetch, errorOf, UnreachableError } from '@/api/client'
import { SseParser } from './sse'
import type { ChatEvent } from './types'

export type Connection = 'connecting' | 'open' | 'waiting'

export interface Watching {
  conversation: string
  /** Finds the position after which to begin; asked once. */
  begin: () => Promise<number>
  signal: AbortSignal
  onEvent: (event: ChatEvent, position: number) => void
  onConnection: (connection: Connection) => void
}

const firstWaitMs = 500
const longestWaitMs = 15_000
/** The server sends something every 15 seconds at the latest; after three times that it is gone. */
const silenceMs = 45_000

export function waitMs(failures: number, random = Math.random()): number {
  const full = Math.min(longestWaitMs, firstWaitMs * 2 ** (failures - 1))
  return full / 2 + (full / 2) * random
}

/** Ends early when the connection of the machine comes back. */
function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      window.removeEventListener('online', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
    window.addEventListener('online', done)
  })
}

function isFinal(error: unknown): error is ApiError {
  return error instanceof ApiError && [400, 401, 403, 404].includes(error.status)
}

async function connect(watching: Watching, after: number): Promise<Response> {
  const url = new URL(
    `/api/v1/chat/conversations/${watching.conversation}/events?after=${after}`,
    window.location.origin,
  )
  const response = await authorizedFetch(
    new Request(url, { headers: { Accept: 'text/event-stream' }, signal: watching.signal }),
  )
  if (!response.ok) throw await errorOf(response)
  return response
}

/** Reads with an end for a connection that is dead without saying so. */
async function readOrGiveUp(
  reader: ReadableStreamDefaultReader<Uint8Array>,
): Promise<ReadableStreamReadResult<Uint8Array>> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new UnreachableError()), silenceMs)
  })
  try {
    return await Promise.race([reader.read(), silence])
  } finally {
    clearTimeout(timer)
  }
}

/** Watches until the signal; ends by itself, with an error, only if the conversation cannot be read. */
export async function watchEvents(watching: Watching): Promise<void> {
  const { signal, onEvent, onConnection } = watching
  let position = 0
  let hasBegun = false
  let failures = 0

  const readAll = async (body: ReadableStream<Uint8Array>) => {
    const reader = body.getReader()
    const parser = new SseParser()
    const decoder = new TextDecoder()
    const leave = () => void reader.cancel().catch(() => {})
    signal.addEventListener('abort', leave)
    try {
      for (;;) {
        const { done, value } = await readOrGiveUp(reader)
        if (done) return
        for (const event of parser.push(decoder.decode(value, { stream: true }))) {
          const told = JSON.parse(event.data) as ChatEvent
          const at = event.id === null ? null : Number(event.id)
          // A reload may have the position that the client has already.
          if (at !== null && at <= position && told.type !== 'reload') continue
          position = Math.max(position, at ?? position)
          failures = 0
          onEvent(told, position)
          if (signal.aborted || told.type === 'conversation_deleted') return
        }
      }
    } finally {
      signal.removeEventListener('abort', leave)
      leave()
    }
  }

  while (!signal.aborted) {
    let asked: number | null = null
    onConnection('connecting')
    try {
      if (!hasBegun) position = await watching.begin()
      hasBegun = true
      if (signal.aborted) return
      const response = await connect(watching, position)
      onConnection('open')
      if (response.body !== null) await readAll(response.body)
    } catch (error) {
      if (signal.aborted) return
      if (isFinal(error)) throw error
      asked = error instanceof ApiError ? error.retryAfter : null
    }
    if (signal.aborted) return
    failures += 1
    onConnection('waiting')
    await sleep(asked === null ? waitMs(failures) : asked * 1000, signal)
  }
}
