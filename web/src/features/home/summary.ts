// SPDX-License-Identifier: Apache-2.0
/* The figures of the overview. */
import { useQuery } from '@tanstack/react-query'
import { api, callTool, data } from '@/api/client'
import type { NetworkFinding } from '@/api/queries'

export const severities = ['error', 'warning', 'note'] as const
export type Counted = (typeof severities)[number]

export function countSeverities(findings: NetworkFinding[]): Record<Counted, number> {
  const counts = { error: 0, warning: 0, note: 0 }
  for (const { severity } of findings) counts[severity === 'info' ? 'note' : severity] += 1
  return counts
}

/** The most severe first; of the same severity in the order of the server. */
export function worstFirst(findings: NetworkFinding[], most: number): NetworkFinding[] {
  const rank = { error: 0, warning: 1, note: 2, info: 2 }
  return [...findings].sort((a, b) => rank[a.severity] - rank[b.severity]).slice(0, most)
}

export const kinds = ['config', 'log', 'pcap', 'show', 'pdf', 'markdown', 'text'] as const
export type Kind = (typeof kinds)[number]

/** How many analysed files of each kind there are: the server counts, however many they are. */
export function useKinds() {
  return useQuery({
    queryKey: ['files', 'kinds'],
    queryFn: async ({ signal }) => {
      const count = async (type?: Kind) =>
        (await callTool<{ total: number }>('list_documents', type === undefined ? {} : { type }, signal))
          .total
      const [total = 0, ...each] = await Promise.all([count(), ...kinds.map(count)])
      return { total, kinds: kinds.map((kind, at) => ({ kind, count: each[at] ?? 0 })) }
    },
    staleTime: 30_000,
  })
}

const pendingStates = ['uploaded', 'processing'] as const

/** The files that are being processed, and the newest of those that failed. */
export function useUnfinished() {
  return useQuery({
    queryKey: ['files', 'unfinished'],
    queryFn: async () => {
      const list = (status: 'uploaded' | 'processing' | 'failed', limit: number) =>
        data(api.GET('/api/v1/files', { params: { query: { status, limit } } }))
      const [pending, failed] = await Promise.all([
        Promise.all(pendingStates.map((status) => list(status, 100))),
        list('failed', 5),
      ])
      return {
        pending: pending.flatMap((page) => page.items),
        morePending: pending.some((page) => page.next_cursor !== null),
        failed: failed.items,
        moreFailed: failed.next_cursor !== null,
      }
    },
    refetchInterval: ({ state }) => ((state.data?.pending.length ?? 0) > 0 ? 2_000 : false),
  })
}

export function useLatestTopology() {
  return useQuery({
    queryKey: ['topologies', 'latest'],
    queryFn: async () => {
      const page = await data(api.GET('/api/v1/topology', { params: { query: { limit: 1 } } }))
      return page.items[0] ?? null
    },
  })
}

export function useLatestConversations() {
  return useQuery({
    queryKey: ['conversations', 'latest'],
    queryFn: () => data(api.GET('/api/v1/chat/conversations', { params: { query: { limit: 6 } } })),
  })
}
