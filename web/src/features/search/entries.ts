// SPDX-License-Identifier: Apache-2.0
/* What the palette offers: every entry has a text to find it by and something to do. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useNavigate } from 'react-router'
import { api, callTool, data } from '@/api/client'
import type { FileDocument } from '@/api/queries'
import { useAccount, useSession } from '@/api/session'
import { chatPath, filePath, searchPath, topologyPath } from '@/app/paths'
import { useTheme } from '@/app/theme'
import { languages, useLanguage, useTexts, type Language } from '@/i18n'
import { useErrorText, useToast } from '@/ui'
import { drawTopology } from './drawTopology'
import { rank, type Match } from './fuzzy'
import { openHelp } from './keys'
import { paletteTexts } from './paletteTexts'

export type Group = 'rooms' | 'files' | 'devices' | 'conversations' | 'commands' | 'further'

export interface Entry {
  id: string
  group: Group
  text: string
  /** Small text at the right. */
  note?: string
  run: () => void
}

export interface Offered {
  entry: Entry
  match: Match
}

const pageSize = 100
const mostPages = 10

/** The newest thousand files. If there are more, the server is asked by name too. */
function useNamedFiles(typed: string) {
  const newest = useQuery({
    queryKey: ['palette', 'files'],
    queryFn: async () => {
      const files: FileDocument[] = []
      let cursor: string | null = null
      for (let page = 0; page < mostPages; page++) {
        const query: { limit: number; cursor?: string } =
          cursor === null ? { limit: pageSize } : { limit: pageSize, cursor }
        const answer = await data(api.GET('/api/v1/files', { params: { query } }))
        files.push(...answer.items)
        cursor = answer.next_cursor
        if (cursor === null) break
      }
      return { files, more: cursor !== null }
    },
    staleTime: 30_000,
  })
  const named = useQuery({
    queryKey: ['palette', 'named', typed],
    enabled: newest.data?.more === true && typed.trim() !== '',
    queryFn: ({ signal }) =>
      callTool<{ documents: { document_id: string; document: string; hostname?: string }[] }>(
        'list_documents',
        { name: typed.trim().slice(0, 100) },
        signal,
      ),
    staleTime: 30_000,
  })
  return useMemo(() => {
    const known = (newest.data?.files ?? []).map((file) => ({
      id: file.id,
      name: file.original_filename,
      hostname: (file.metadata as { hostname?: string } | null | undefined)?.hostname,
    }))
    const ids = new Set(known.map((file) => file.id))
    const further = (named.data?.documents ?? [])
      .filter((found) => !ids.has(found.document_id))
      .map((found) => ({ id: found.document_id, name: found.document, hostname: found.hostname }))
    return [...known, ...further]
  }, [newest.data, named.data])
}

function useLatestTopology() {
  return useQuery({
    queryKey: ['topologies', 'latest'],
    queryFn: async () => {
      const page = await data(api.GET('/api/v1/topology', { params: { query: { limit: 1 } } }))
      return page.items[0] ?? null
    },
  })
}

function useConversations() {
  return useQuery({
    queryKey: ['palette', 'conversations'],
    queryFn: () => data(api.GET('/api/v1/chat/conversations', { params: { query: { limit: 100 } } })),
    staleTime: 10_000,
  })
}

/** The entries for what was typed, by group, in the order in which they are shown. */
export function useEntries(typed: string): [Group, Offered[]][] {
  const t = useTexts(paletteTexts)
  const navigate = useNavigate()
  const session = useSession()
  const account = useAccount()
  const queries = useQueryClient()
  const toast = useToast()
  const errorText = useErrorText()
  const [, setTheme] = useTheme()
  const { language, choose } = useLanguage()
  const files = useNamedFiles(typed)
  const topology = useLatestTopology()
  const conversations = useConversations()

  const go = (to: string) => () => void navigate(to)
  const room = (to: string, text: string): Entry => ({ id: `room${to}`, group: 'rooms', text, run: go(to) })
  const rooms = [
    room('/', t.home),
    room('/files', t.filesRoom),
    room('/findings', t.findings),
    room('/topology', t.topology),
    room('/chat', t.chat),
    room('/search', t.search),
    room('/compare', t.compare),
    room('/usage', t.usage),
    room('/account', t.account),
    room('/account/appearance', t.appearance),
    room('/account/sessions', t.sessions),
    room('/account/keys', t.keys),
    room('/account/tokens', t.tokens),
    room('/account/privacy', t.privacy),
    ...(account.data?.is_superuser === true ? [room('/admin', t.admin)] : []),
  ]
  const draw = async () => {
    try {
      const id = await drawTopology()
      await queries.invalidateQueries({ queryKey: ['topologies'] })
      await queries.invalidateQueries({ queryKey: ['findings'] })
      if (id === null) toast(t.drawing)
      else void navigate(topologyPath(id))
    } catch (error) {
      toast(`${t.drawFailed} ${errorText(error)}`)
    }
  }
  const command = (id: string, text: string, run: () => void): Entry => ({
    id: `command-${id}`,
    group: 'commands',
    text,
    run,
  })
  const commands = [
    command('conversation', t.newConversation, go(chatPath())),
    command('topology', t.newTopology, () => void draw()),
    command('light', t.light, () => setTheme('light')),
    command('dark', t.dark, () => setTheme('dark')),
    command('system', t.system, () => setTheme('system')),
    ...Object.entries(languages)
      .filter(([code]) => code !== language)
      .map(([code, name]) => command(code, t.language(name), () => choose(code as Language))),
    command('keys', t.helpKeys, openHelp),
    command('out', t.signOut, () => void session.signOut()),
  ]
  const drawn = new Set(
    ((topology.data?.metadata as { documents?: { id?: string }[] } | undefined)?.documents ?? []).map(
      (one) => one.id,
    ),
  )
  const fileEntries = files.map((file): Entry => ({
    id: `file-${file.id}`,
    group: 'files',
    text: file.name,
    run: go(filePath(file.id)),
  }))
  const devices = files.flatMap((file): Entry[] => {
    if (file.hostname === undefined) return []
    const isDrawn = drawn.has(file.id)
    return [
      {
        id: `device-${file.id}`,
        group: 'devices',
        text: file.hostname,
        note: isDrawn ? t.inTopology : file.name,
        run: go(isDrawn ? topologyPath(topology.data?.id, file.hostname) : filePath(file.id)),
      },
    ]
  })
  const talks = (conversations.data?.items ?? []).map((one): Entry => ({
    id: `talk-${one.id}`,
    group: 'conversations',
    text: one.title || t.untitled,
    run: go(chatPath(one.id)),
  }))

  const words = typed.trim()
  const offer = (entries: Entry[], most: number) =>
    rank(entries, typed, (entry) => entry.text, most).map(({ item, match }) => ({ entry: item, match }))
  const groups: [Group, Offered[]][] =
    words === ''
      ? [
          ['rooms', offer(rooms.slice(0, 9), 9)],
          ['conversations', offer(talks, 5)],
          ['commands', offer(commands, 20)],
        ]
      : [
          ['rooms', offer(rooms, 6)],
          ['files', offer(fileEntries, 8)],
          ['devices', offer(devices, 6)],
          ['conversations', offer(talks, 6)],
          ['commands', offer(commands, 6)],
          [
            'further',
            [
              {
                id: 'search',
                group: 'further' as const,
                text: t.searchFor(words),
                run: go(searchPath(words)),
              },
              {
                id: 'ask',
                group: 'further' as const,
                text: t.ask(words),
                run: go(`/chat?q=${encodeURIComponent(words)}`),
              },
            ].map((entry) => ({ entry, match: { score: 0, at: [] } })),
          ],
        ]
  return groups.filter(([, offered]) => offered.length > 0)
}
