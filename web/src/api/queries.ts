// SPDX-License-Identifier: Apache-2.0
/* Queries that several rooms of the page use. A room's own queries stand in its folder. */
import { QueryClient, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { api, ApiError, callTool, data, type Schemas } from './client'

export type FileDocument = Schemas['Document']
export type AnalysisTask = Schemas['Task']

export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        // What the server has refused it refuses again; what it could not answer is asked for again.
        retry: (count, error) =>
          count < 3 && (!(error instanceof ApiError) || error.status === 0 || error.status >= 500),
      },
    },
  })
}

/** All pages of the user's files, loaded one after the other. `pending` files are asked for again. */
export function useFiles() {
  const query = useInfiniteQuery({
    queryKey: ['files'],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      data(
        api.GET('/api/v1/files', {
          params: { query: { limit: 100, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    refetchInterval: ({ state }) =>
      state.data?.pages.some((page) => page.items.some(isPending)) ? 1_500 : false,
  })
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  return { ...query, files: query.data?.pages.flatMap((page) => page.items) ?? [] }
}

export function isPending(file: Pick<FileDocument, 'status'>): boolean {
  return file.status !== 'completed' && file.status !== 'failed'
}

export function useFile(id: string) {
  return useQuery({
    queryKey: ['files', id],
    queryFn: () => data(api.GET('/api/v1/files/{id}', { params: { path: { id } } })),
    // An archive is done when the files that came out of it are.
    refetchInterval: ({ state: { data: file } }) =>
      file && (isPending(file) || file.archive?.members.some(isPending)) ? 1_500 : false,
  })
}

/** The task of a file with the result of its analysis. */
export function useTask(id: string | undefined) {
  return useQuery({
    queryKey: ['tasks', id],
    enabled: id !== undefined,
    queryFn: () => data(api.GET('/api/v1/analysis/tasks/{id}', { params: { path: { id: id ?? '' } } })),
    refetchInterval: ({ state }) =>
      state.data && !['completed', 'failed', 'cancelled'].includes(state.data.status) ? 1_500 : false,
  })
}

export interface Place {
  document_id: string
  document: string
  line: number
}

export interface NetworkFinding {
  severity: 'error' | 'warning' | 'note' | 'info'
  kind: string
  message: string
  fix?: string
  at: Place[]
}

/** What is wrong in the user's network as a whole: the answer of the tool `findings`, all its pages. */
export function useNetworkFindings() {
  return useQuery({
    queryKey: ['findings'],
    queryFn: async ({ signal }) => {
      const found: NetworkFinding[] = []
      let more: string | null = null
      do {
        const page: { findings: NetworkFinding[]; more: string | null } = await callTool(
          'findings',
          more === null ? {} : { more },
          signal,
        )
        found.push(...page.findings)
        more = page.more
      } while (more !== null && found.length < 10_000)
      return found
    },
  })
}
