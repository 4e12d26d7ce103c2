// SPDX-License-Identifier: Apache-2.0
/* What the room asks the server. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useMemo, useState } from 'react'
import { api, ApiError, data } from '@/api/client'
import { useFiles, type FileDocument } from '@/api/queries'
import { makeModel, type Model, type Snapshot, type Summary } from './graph'
import { deviceVlans, type Devices, type DeviceVlans } from './vlans'

/** All stored topologies, newest first. */
export function useTopologies() {
  const query = useInfiniteQuery({
    queryKey: ['topologies'],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      data(
        api.GET('/api/v1/topology', {
          params: { query: { limit: 100, ...(pageParam === undefined ? {} : { cursor: pageParam }) } },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [hasNextPage, isFetchingNextPage, fetchNextPage])
  const list = useMemo(
    () => (query.data?.pages.flatMap((page) => page.items) ?? []) as unknown as Summary[],
    [query.data],
  )
  return { ...query, list }
}

/** A stored topology never changes. */
export function useModel(id: string | null) {
  return useQuery({
    queryKey: ['topology', id],
    enabled: id !== null,
    staleTime: Infinity,
    queryFn: async (): Promise<Model> => {
      const answer = await data(api.GET('/api/v1/topology/{id}', { params: { path: { id: id ?? '' } } }))
      return makeModel(answer as unknown as Snapshot)
    },
  })
}

export interface Documents {
  /**
   * Of a file of the graph: its document, null when that is deleted, undefined when it is not known.
   * Of several documents with one name, the host name tells which it is.
   */
  of: (file: string, hostname?: string) => string | null | undefined
  all: FileDocument[]
  loaded: boolean
}

export function hostOf(file: FileDocument | undefined): string {
  const { hostname } = (file?.metadata ?? {}) as { hostname?: unknown }
  return typeof hostname === 'string' ? hostname : ''
}

export function documentOf(
  candidates: string[],
  present: Map<string, FileDocument>,
  loaded: boolean,
  hostname?: string,
): string | null | undefined {
  const fits =
    candidates.length < 2
      ? candidates
      : candidates.filter((id) => hostname !== undefined && hostOf(present.get(id)) === hostname)
  const [id, another] = fits
  if (id === undefined || another !== undefined) return undefined
  return !loaded || present.has(id) ? id : null
}

export function useDocuments(model: Model | undefined): Documents {
  const { files, hasNextPage, isSuccess } = useFiles()
  const loaded = isSuccess && !hasNextPage
  return useMemo(() => {
    const present = new Map(files.map((file) => [file.id, file]))
    return {
      all: files,
      loaded,
      of: (file, hostname) => documentOf(model?.documentsOf.get(file) ?? [], present, loaded, hostname),
    }
  }, [files, loaded, model])
}

export const isAnalysedConfiguration = (file: FileDocument) =>
  file.file_type === 'config' && file.status === 'completed'

export interface Outdated {
  analysed: number
  deleted: number
  added: number
}

/** What has happened to the configurations since a topology was drawn. */
export function outdatedBy(snapshot: Summary, files: FileDocument[]): Outdated {
  const drawn = new Set(snapshot.metadata.documents.map(({ id }) => id))
  const present = new Set(files.map((file) => file.id))
  const drawnAt = Date.parse(snapshot.created_at)
  const since = files.filter(
    (file) => isAnalysedConfiguration(file) && Date.parse(file.processed_at ?? '') > drawnAt,
  )
  return {
    analysed: since.filter((file) => drawn.has(file.id)).length,
    deleted: [...drawn].filter((id) => !present.has(id)).length,
    added: since.filter((file) => !drawn.has(file.id)).length,
  }
}

const pause = (seconds: number) => new Promise((done) => setTimeout(done, seconds * 1000))

/** Reads the stored analysis of a device; waits where the server says that it is asked too often. */
async function readAnalysis(task: string, signal: AbortSignal): Promise<DeviceVlans | null> {
  for (;;) {
    try {
      const answer = await data(
        api.GET('/api/v1/analysis/tasks/{id}', { params: { path: { id: task } }, signal }),
      )
      return deviceVlans(answer.result)
    } catch (error) {
      if (!(error instanceof ApiError) || error.status !== 429) throw error
      await pause(error.retryAfter ?? 5)
      signal.throwIfAborted()
    }
  }
}

const atOnce = 4

/** The VLANs of the given devices, or of all; read only when `enabled`. */
export function useDevices(model: Model, documents: Documents, only: string[] | null, enabled: boolean) {
  const client = useQueryClient()
  const [done, setDone] = useState(0)
  const wanted = useMemo(() => {
    const tasks = new Map(documents.all.map((file) => [file.id, file.task?.id]))
    return [...model.nodes.values()].flatMap((node) => {
      if (node.data.file === undefined || (only !== null && !only.includes(node.id))) return []
      const document = documents.of(node.data.file, node.data.hostname)
      const task = document == null ? undefined : tasks.get(document)
      return [{ node: node.id, task }]
    })
  }, [model, documents, only])
  const query = useQuery({
    queryKey: ['topology-vlans', model.snapshot.id, only],
    enabled: enabled && documents.loaded,
    staleTime: 300_000,
    queryFn: async ({ signal }): Promise<{ devices: Devices; failed: number }> => {
      const devices: Devices = new Map()
      const waiting = [...wanted]
      let failed = 0
      setDone(0)
      const work = async () => {
        for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
          const { node, task } = next
          const found =
            task === undefined
              ? null
              : await client
                  .fetchQuery({
                    queryKey: ['analysis-vlans', task],
                    staleTime: 300_000,
                    queryFn: () => readAnalysis(task, signal),
                  })
                  .catch(() => null)
          signal.throwIfAborted()
          if (found === null) failed += 1
          devices.set(node, found)
          setDone((count) => count + 1)
        }
      }
      await Promise.all(Array.from({ length: atOnce }, work))
      return { devices, failed }
    },
  })
  return { ...query, done, total: wanted.length }
}
