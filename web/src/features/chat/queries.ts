// SPDX-License-Identifier: Apache-2.0
import {
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type InfiniteData,
  type QueryClient,
} from '@tanstack/react-query'
import { api, ApiError, data } from '@/api/client'
import { withNewest, withOlder, type Branch, type MessagePage } from './branch'
import type { Conversation, Message, Question } from './types'

const keys = {
  list: ['chat', 'list'] as const,
  one: (id: string) => ['chat', 'conversation', id] as const,
  branch: (id: string, head: string | null) => ['chat', 'branch', id, head] as const,
  branches: (id: string) => ['chat', 'branch', id] as const,
}

type ListPages = InfiniteData<{ items: Conversation[]; next_cursor: string | null }>

export function useConversations() {
  const query = useInfiniteQuery({
    queryKey: keys.list,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      data(
        api.GET('/api/v1/chat/conversations', {
          params: { query: { limit: 50, ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  })
  const seen = new Set<string>()
  const conversations: Conversation[] = (query.data?.pages.flatMap((page) => page.items) ?? []).filter(
    // A conversation that moves up while pages are loaded stands in two of them.
    ({ id }) => !seen.has(id) && seen.add(id),
  )
  return { ...query, conversations }
}

export function loadConversation(id: string): Promise<Conversation> {
  return data(api.GET('/api/v1/chat/conversations/{id}', { params: { path: { id } } }))
}

export function useConversation(id: string) {
  return useQuery({ queryKey: keys.one(id), queryFn: () => loadConversation(id) })
}

/** Puts what is known of a conversation where it is shown: in the list and in its head. */
export function putConversation(queries: QueryClient, conversation: Conversation): void {
  queries.setQueryData(keys.one(conversation.id), conversation)
  queries.setQueryData<ListPages>(keys.list, (list) =>
    list === undefined
      ? list
      : {
          ...list,
          pages: list.pages.map((page) => ({
            ...page,
            items: page.items.map((item) =>
              item.id === conversation.id ? { ...item, ...conversation } : item,
            ),
          })),
        },
  )
}

export function putTitle(queries: QueryClient, id: string, title: string): void {
  const known = queries.getQueryData<Conversation>(keys.one(id))
  if (known !== undefined) putConversation(queries, { ...known, title })
}

export function refreshList(queries: QueryClient): void {
  void queries.invalidateQueries({ queryKey: keys.list })
}

export function refreshBranches(queries: QueryClient, id: string): Promise<void> {
  return queries.invalidateQueries({ queryKey: keys.branches(id) })
}

export function forgetConversation(queries: QueryClient, id: string): void {
  queries.removeQueries({ queryKey: keys.one(id) })
  queries.removeQueries({ queryKey: keys.branches(id) })
}

const pageSize = 40

async function loadPage(id: string, head: string | null, cursor: string | null): Promise<MessagePage> {
  const page = await data(
    api.GET('/api/v1/chat/conversations/{id}/messages', {
      params: {
        path: { id },
        query: { limit: pageSize, ...(head ? { head } : {}), ...(cursor ? { cursor } : {}) },
      },
    }),
  )
  return page as unknown as MessagePage
}

/** The branch that ends with `head`, or the one that is shown: its newest page, then older ones. */
export function useBranch(id: string, head: string | null) {
  const queries = useQueryClient()
  const queryKey = keys.branch(id, head)
  const query = useQuery({
    queryKey,
    queryFn: async () => {
      const newest = await loadPage(id, head, null)
      return withNewest(queries.getQueryData<Branch>(queryKey), newest)
    },
  })
  const older = useMutation({
    mutationFn: async (): Promise<Branch | null> => {
      const known = queries.getQueryData<Branch>(queryKey)
      if (known === undefined || known.older === null) return null
      const page = await loadPage(id, head, known.older)
      return (
        queries.setQueryData<Branch>(queryKey, (now) => (now === undefined ? now : withOlder(now, page))) ??
        null
      )
    },
  })
  return { ...query, older }
}

export function knownBranch(queries: QueryClient, id: string): Message[] {
  return queries
    .getQueriesData<Branch>({ queryKey: keys.branches(id) })
    .flatMap(([, branch]) => branch?.messages ?? [])
}

export async function loadMessage(id: string): Promise<Message> {
  return (await data(
    api.GET('/api/v1/chat/messages/{id}', { params: { path: { id } } }),
  )) as unknown as Message
}

export function useMessage(id: string, enabled: boolean) {
  return useQuery({ queryKey: ['chat', 'message', id], enabled, queryFn: () => loadMessage(id) })
}

export function useSent(id: string) {
  return useQuery({
    queryKey: ['chat', 'sent', id],
    queryFn: () => data(api.GET('/api/v1/chat/messages/{id}/sent', { params: { path: { id } } })),
  })
}

export function useMessageSearch(words: string) {
  return useQuery({
    queryKey: ['chat', 'search', words],
    enabled: words !== '',
    queryFn: () => data(api.GET('/api/v1/chat/search', { params: { query: { q: words, limit: 50 } } })),
    placeholderData: (previous) => previous,
  })
}

export function useChangeConversation(id: string) {
  const queries = useQueryClient()
  return useMutation({
    mutationFn: (change: { title?: string; head_id?: string; is_private?: boolean }) =>
      data(api.PATCH('/api/v1/chat/conversations/{id}', { params: { path: { id } }, body: change })),
    onSuccess: async (conversation, change) => {
      putConversation(queries, conversation)
      if (change.head_id !== undefined) await refreshBranches(queries, id)
    },
  })
}

export function createConversation(isPrivate: boolean): Promise<Conversation> {
  const body: { title?: string; is_private?: boolean } = isPrivate ? { is_private: true } : {}
  return data(api.POST('/api/v1/chat/conversations', { body }))
}

export interface Started {
  question_id: string
  message_id: string
}

/** An id that is as good as random. randomUUID() is there on https only. */
export function newClientId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
}

const waitsMs = [500, 1500, 4000]

/** Whether the question may have been taken, or will be: it is sent again under the same client_id. */
function isWorthRepeating(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 0 || error.status >= 500)
}

async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      const wait = waitsMs[attempt]
      if (wait === undefined || !isWorthRepeating(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, wait))
    }
  }
}

export function postQuestion(conversation: string, question: Question, clientId: string): Promise<Started> {
  return patiently(
    () =>
      data(
        api.POST('/api/v1/chat/conversations/{id}/messages', {
          params: { path: { id: conversation } },
          body: { ...question, client_id: clientId },
        }),
      ) as unknown as Promise<Started>,
  )
}

export function postRegenerate(message: string, order: { mode: Question['mode']; model?: string }) {
  return data(
    api.POST('/api/v1/chat/messages/{id}/regenerate', { params: { path: { id: message } }, body: order }),
  ) as unknown as Promise<Started>
}

export function cancelTurn(conversation: string) {
  return data(api.POST('/api/v1/chat/conversations/{id}/cancel', { params: { path: { id: conversation } } }))
}

export function giveFeedback(message: string, value: -1 | 0 | 1, note?: string) {
  return api.POST('/api/v1/chat/messages/{id}/feedback', {
    params: { path: { id: message } },
    body: note === undefined || note === '' ? { value } : { value, note },
  })
}

export function useApiKeys() {
  return useQuery({
    queryKey: ['api-keys'],
    queryFn: () => data(api.GET('/api/v1/users/me/api-keys', { params: { query: { limit: 100 } } })),
    staleTime: 60_000,
  })
}

/** The models that have answered before, by provider: the API has no list of all. */
export function useModelsUsed() {
  return useQuery({
    queryKey: ['chat', 'models'],
    queryFn: () => data(api.GET('/api/v1/users/me/usage', { params: { query: { days: 90 } } })),
    staleTime: 300_000,
  })
}
