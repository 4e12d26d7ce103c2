// SPDX-License-Identifier: Apache-2.0
/* The packets of a stored capture never change, so what was read once stays. */
import { keepPreviousData, useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query'
import { useEffect, useMemo } from 'react'
import { api, data } from '@/api/client'
import type { PacketRow } from './types'

export const pageSize = 200
const pageOfConversation = 500
/* How much of a conversation is drawn. */
export const drawnMax = 5_000

const kept = { staleTime: Infinity, gcTime: 10 * 60_000 }

/** The pages that hold the packets from the index first to the index last, both from 0. */
export function pagesOf(first: number, last: number): number[] {
  const from = Math.floor(Math.max(0, first) / pageSize)
  const to = Math.floor(Math.max(0, last) / pageSize)
  return Array.from({ length: to - from + 1 }, (_, i) => from + i)
}

/** Rows of the whole capture around what is in sight: by index, those that have come. */
export function usePackets(file: string, first: number, last: number) {
  const pages = pagesOf(first, last)
  const queries = useQueries({
    queries: pages.map((page) => ({
      ...kept,
      queryKey: ['files', file, 'packets', 'page', page],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        data(
          api.GET('/api/v1/files/{id}/packets', {
            params: { path: { id: file }, query: { first: page * pageSize + 1, limit: pageSize } },
            signal,
          }),
        ),
    })),
  })
  const error = queries.find((query) => query.error !== null)
  return {
    rowAt: (index: number): PacketRow | undefined => {
      const query = queries[pages.indexOf(Math.floor(index / pageSize))]
      return query?.data?.items[index % pageSize]
    },
    error: error?.error ?? null,
    refetch: () => void error?.refetch(),
  }
}

/** The packets of a conversation, page after page until there are as many as wanted. */
export function useConversationPackets(file: string, conversation: string, wanted: number) {
  const query = useInfiniteQuery({
    ...kept,
    queryKey: ['files', file, 'packets', 'conversation', conversation],
    initialPageParam: 1,
    queryFn: ({ pageParam, signal }) =>
      data(
        api.GET('/api/v1/files/{id}/packets', {
          params: {
            path: { id: file },
            query: { first: pageParam, limit: pageOfConversation, conversation },
          },
          signal,
        }),
      ),
    getNextPageParam: (page) => page.next ?? undefined,
  })
  const rows = useMemo(() => query.data?.pages.flatMap((page) => page.items) ?? [], [query.data])
  const { hasNextPage, isFetching, fetchNextPage, isError } = query
  useEffect(() => {
    if (hasNextPage && !isFetching && !isError && rows.length < wanted) void fetchNextPage()
  }, [hasNextPage, isFetching, isError, rows.length, wanted, fetchNextPage])
  return { ...query, rows }
}

export function usePacket(file: string, number: number) {
  return useQuery({
    ...kept,
    queryKey: ['files', file, 'packets', 'one', number],
    queryFn: ({ signal }) =>
      data(
        api.GET('/api/v1/files/{id}/packets/{number}', {
          params: { path: { id: file, number: `${number}` } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  })
}
