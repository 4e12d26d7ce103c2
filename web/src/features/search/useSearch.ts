// SPDX-License-Identifier: Apache-2.0
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { api, data, type Schemas } from '@/api/client'

export type Hit = Schemas['SearchResult']['results'][number]
export const documentTypes = ['config', 'log', 'show', 'pcap', 'pdf', 'markdown', 'text'] as const
type DocumentType = (typeof documentTypes)[number]

/** The vendors that the search knows. What configurations are recognised of, then what the texts name. */
export const vendors = [
  'cisco',
  'arista',
  'juniper',
  'frr',
  'fortinet',
  'paloalto',
  'huawei',
  'hpe',
  'aruba',
  'mikrotik',
  'vyos',
  'nokia',
  'nvidia',
  'checkpoint',
  'f5',
  'a10',
  'ruckus',
]

export interface Asked {
  query: string
  vendor: string
  type: string
  limit: number
}

/** Each query has its own answer, so a slow answer to an older query is never shown for a newer one. */
export function useSearch({ query, vendor, type, limit }: Asked) {
  return useQuery({
    queryKey: ['search', query, vendor, type, limit],
    enabled: query !== '',
    queryFn: ({ signal }) =>
      data(
        api.POST('/api/v1/search', {
          body: {
            query,
            limit,
            ...(vendor === '' ? {} : { vendor }),
            ...(type === '' ? {} : { document_type: type as DocumentType }),
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  })
}
