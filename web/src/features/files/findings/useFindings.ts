// SPDX-License-Identifier: Apache-2.0
/* Loads all findings: those of the network by one tool, those of each file by its task. */
import { useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { api, data } from '@/api/client'
import { useFiles, useNetworkFindings, type FileDocument } from '@/api/queries'
import { findingsOf, type FileFinding } from '../results'
import { Limiter } from './limiter'
import { ofFile, ofNetwork, type DrawnFinding, type Listed } from './list'

const limiter = new Limiter(4)

/** The findings of the newest drawing name their edges. */
function useDrawn() {
  return useQuery({
    queryKey: ['topology', 'drawn-findings'],
    queryFn: async (): Promise<DrawnFinding[]> => {
      const page = await data(api.GET('/api/v1/topology', { params: { query: { limit: 1 } } }))
      const metadata = page.items[0]?.metadata as { findings?: DrawnFinding[] } | undefined
      return metadata?.findings ?? []
    },
  })
}

interface OfFiles {
  listed: Listed[]
  loaded: number
  error: unknown
}

/** `limit`: the findings of so many files are loaded; further ones when they are asked for. */
export function useFindings(limit: number) {
  const { files, isPending, error: filesError, hasNextPage } = useFiles()
  const queries = useQueryClient()
  const network = useNetworkFindings()
  const drawn = useDrawn()
  const analysed = useMemo(
    () =>
      files.filter((file) => file.status === 'completed' && file.task != null && file.file_type !== 'pdf'),
    [files],
  )
  const asked = useMemo(() => analysed.slice(0, limit), [analysed, limit])
  const ofFiles = useQueries({
    queries: asked.map((file) => ({
      queryKey: ['file-findings', file.task?.id],
      // A task that has ended does not change.
      staleTime: Infinity,
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        limiter.run(async () => {
          const id = file.task?.id ?? ''
          return findingsOf(
            await data(api.GET('/api/v1/analysis/tasks/{id}', { params: { path: { id } }, signal })),
          )
        }, signal),
    })),
    combine: (results): OfFiles => combineResults(asked, results),
  })
  const byId = useMemo(() => new Map(files.map((file) => [file.id, file])), [files])
  const ofNet = useMemo(
    () => ofNetwork(network.data ?? [], drawn.data ?? [], byId),
    [network.data, drawn.data, byId],
  )
  const findings = useMemo(() => [...ofNet, ...ofFiles.listed], [ofNet, ofFiles.listed])
  return {
    findings,
    loading: isPending || hasNextPage || network.isPending || ofFiles.loaded < asked.length,
    loaded: ofFiles.loaded,
    asked: asked.length,
    analysed: analysed.length,
    error: filesError ?? network.error ?? ofFiles.error,
    retry: () => {
      for (const key of ['files', 'findings', 'file-findings'])
        void queries.refetchQueries({ queryKey: [key] })
    },
  }
}

interface Result {
  data: FileFinding[] | undefined
  error: unknown
}

function combineResults(asked: FileDocument[], results: Result[]): OfFiles {
  return {
    listed: asked.flatMap((file, at) => ofFile(file, results[at]?.data ?? [])),
    loaded: results.filter(({ data: found, error }) => found !== undefined || error !== null).length,
    error: results.find(({ error }) => error !== null)?.error ?? null,
  }
}
