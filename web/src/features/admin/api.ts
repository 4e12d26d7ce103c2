// SPDX-License-Identifier: Apache-2.0
/* The routes of administrators. What they answer has no schema: its types stand here. Every call is
 * recorded in the audit log, so nothing is asked for again without need. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { authorizedFetch, errorOf } from '@/api/client'

export type Plan = 'solo' | 'team' | 'enterprise'

export interface User {
  id: string
  email: string
  full_name: string | null
  plan_tier: Plan
  is_active: boolean
  is_superuser: boolean
  created_at: string
  updated_at: string
  closed_at: string | null
  erase_after: string | null
}

export interface UserDetail extends User {
  jobs: Record<string, number>
  api_keys: number
  topologies: number
  documents: { bytes: number; count: number }
  conversations: { count: number; messages: number }
  consents: { id: string; scope: 'documents' | 'conversations'; expires_at: string }[]
}

export interface Job {
  id: string
  user_id: string
  document_id: string | null
  task_type: string
  queue: string
  status: 'pending' | 'running' | 'completed' | 'failed'
  stage: string | null
  progress: number
  attempts: number
  max_attempts: number
  restarts: number
  failure_kind: 'error' | 'dead' | 'cancelled' | null
  error_message: string | null
  cancel_requested: boolean
  created_at: string
  sent_at: string | null
  next_attempt_at: string | null
  started_at: string | null
  heartbeat_at: string | null
  lease_expires_at: string | null
  completed_at: string | null
}

export interface QueueState {
  due: number
  delayed: number
  running: number
  /** Those that run a job of this queue now. */
  live_workers: number
  oldest_due_seconds: number
}

export interface JobDetail extends Job {
  why: string
  position: number | null
  queue_state: QueueState
  /** All that are alive; null while Redis is away. */
  live_workers: number | null
}

export interface Statistics {
  users: { total: number; active: number; closed: number; administrators: number }
  queues: (QueueState & { queue: string })[]
  documents: { bytes: number; count: number }
  estimates: { messages: number; audit_log: number; embeddings: number; conversations: number }
  schema: string
  consents: number
  dead_jobs: number
  database_bytes: number
  tokens_24_hours: number
  cost_micros_24_hours: number
  knowledge_sources: number
}

export interface Source {
  id: string
  name: string
  title: string | null
  vendor: string | null
  document_type: string
  chunks: number
  chunks_without_vector: number
  embedding_model: string | null
  ingested_at: string | null
  needs_ingest: boolean
}

export interface Setting {
  name: string
  value: string
  is_given: boolean
  about: string
}

export interface AuditEntry {
  sequence: number
  at: string
  action: string
  actor_kind: 'administrator' | 'operator' | 'user' | 'system'
  actor: string | null
  actor_id: string | null
  user_id: string | null
  subject: string | null
  reason: string | null
  address: string | null
  trace_id: string | null
  details: Record<string, unknown> | null
  digest: string
}

type Query = Record<string, string | number | undefined>

/** The address of a route with the values that are given. */
export function addressOf(path: string, query: Query = {}): string {
  const given = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') given.set(name, String(value))
  const text = given.toString()
  return `/api/v1/admin/${path}${text === '' ? '' : `?${text}`}`
}

async function call<T>(method: string, address: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  const response = await authorizedFetch(
    new Request(new URL(address, window.location.origin), {
      method,
      signal: signal ?? null,
      ...(body === undefined
        ? {}
        : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
    }),
  )
  if (!response.ok) throw await errorOf(response)
  return (response.status === 204 ? undefined : await response.json()) as T
}

export function get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
  return call('GET', addressOf(path, query), undefined, signal)
}
export function send<T>(
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body: Record<string, unknown> | undefined,
  query?: Query,
): Promise<T> {
  return call(method, addressOf(path, query), body)
}

/** The reason as a member of a body, if there is one. */
export function withReason(reason: string): { reason?: string } {
  return reason.trim() === '' ? {} : { reason: reason.trim() }
}

const calm = { staleTime: 15_000, refetchOnWindowFocus: false } as const

export function useRecord<T>(path: string, query: Query = {}, refetchInterval: number | false = false) {
  return useQuery({
    queryKey: ['admin', path, query],
    queryFn: ({ signal }) => get<T>(path, query, signal),
    refetchInterval,
    ...calm,
  })
}

/** A list, page by page. */
export function useList<T>(path: string, query: Query = {}) {
  const list = useInfiniteQuery({
    queryKey: ['admin', path, 'list', query],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      get<{ items: T[]; next_cursor: string | null }>(
        path,
        { limit: 100, ...query, cursor: pageParam },
        signal,
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    ...calm,
  })
  return { ...list, rows: list.data?.pages.flatMap((page) => page.items) ?? [] }
}
