// SPDX-License-Identifier: Apache-2.0
/* The packets of one conversation: as a list, as a ladder and by their sequence numbers. */
import { X } from 'lucide-react'
import { lazy, Suspense, useCallback, useState } from 'react'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Button, EmptyState, ErrorView, Loading, Tabs } from '@/ui'
import { endName } from '../names'
import type { Conversation } from '../types'
import { Ladder } from './Ladder'
import { PacketList, type Sight } from './PacketList'
import styles from './packets.module.css'
import { drawnMax, useConversationPackets } from './queries'
import { packetTexts } from './texts'
import type { PacketRow } from './types'
import type { View } from './views'

const SequencePlot = lazy(() => import('./SequencePlot'))

/** What the address calls it, for where the analysis has kept no row of it. */
export function conversationName(key: string, row: Conversation | undefined): string {
  if (row === undefined) return /^\d/.test(key) ? `tcp:${key}` : key
  return `${endName(row.address_a, row.port_a)} ↔ ${endName(row.address_b, row.port_b)}`
}

function Cut({ drawn, all, isCut }: { drawn: number; all: number; isCut: boolean }) {
  const t = useTexts(packetTexts)
  const format = useFormat()
  if (!isCut) return null
  return <p className={styles.cut}>{t.drawnOf(format.number(drawn), format.number(all))}</p>
}

function Drawing({
  view,
  rows,
  all,
  hasMore,
  name,
  conversation,
  packet,
  height,
  onOpen,
}: {
  view: View
  rows: PacketRow[]
  all: number
  hasMore: boolean
  name: string
  conversation: Conversation | undefined
  packet: number | null
  height: number
  onOpen: (number: number) => void
}) {
  const t = useTexts(packetTexts)
  const drawn = rows.slice(0, drawnMax)
  const isCut = hasMore || rows.length > drawn.length
  return (
    <>
      <Cut drawn={drawn.length} all={all} isCut={isCut} />
      {view === 'ladder' ? (
        <Ladder
          label={t.ladderOf(name)}
          rows={drawn}
          conversation={conversation}
          packet={packet}
          height={height}
          onOpen={onOpen}
        />
      ) : (
        <Suspense fallback={<Loading />}>
          <SequencePlot rows={drawn} conversation={conversation} onOpen={onOpen} />
        </Suspense>
      )}
    </>
  )
}

export function ConversationPackets({
  file,
  conversation,
  row,
  view,
  packet,
  height,
  onView,
  onOpen,
  onAll,
}: {
  file: string
  conversation: string
  row: Conversation | undefined
  view: View
  packet: number | null
  height: number
  onView: (view: View) => void
  onOpen: (number: number) => void
  onAll: () => void
}) {
  const t = useTexts(packetTexts)
  const format = useFormat()
  const [sight, setSight] = useState<Sight>({ first: 0, last: 0 })
  const wanted = view === 'list' ? sight.last + 50 : drawnMax
  const query = useConversationPackets(file, conversation, wanted)
  const { rows, hasNextPage } = query
  const onSight = useCallback((next: Sight) => setSight(next), [])
  const name = conversationName(conversation, row)
  const all = row === undefined ? rows.length : row.packets_a_to_b + row.packets_b_to_a
  return (
    <>
      <div className={styles.listHead}>
        <strong className={styles.name}>{name}</strong>
        <span role="status" className="muted">
          {t.shown(
            format.number(rows.length),
            hasNextPage || row ? format.number(all) : format.number(rows.length),
          )}
        </span>
        <Button icon={<X size={14} />} onClick={onAll}>
          {t.all}
        </Button>
      </div>
      <div className={styles.views}>
        <Tabs
          label={t.views}
          selected={view}
          onSelect={onView}
          tabs={[
            { key: 'list', label: t.list },
            { key: 'ladder', label: t.ladder },
            { key: 'sequence', label: t.sequence },
          ]}
        />
      </div>
      {query.error !== null && <ErrorView error={query.error} retry={() => void query.fetchNextPage()} />}
      {query.isPending && <Loading />}
      {query.isSuccess && rows.length === 0 && <EmptyState title={t.noneOfConversation} />}
      {rows.length > 0 && view === 'list' && (
        <PacketList
          label={t.packetsOf(name)}
          count={rows.length + (hasNextPage ? 1 : 0)}
          rowAt={(index) => rows[index]}
          numberAt={(index) => rows[index]?.number}
          selected={packet === null ? -1 : rows.findIndex(({ number }) => number === packet)}
          height={Math.min(height, (rows.length + 1) * 24 + 18)}
          onSight={onSight}
          onOpen={onOpen}
        />
      )}
      {rows.length > 0 && view !== 'list' && (
        <Drawing
          view={view}
          rows={rows}
          all={all}
          hasMore={hasNextPage && rows.length >= drawnMax}
          name={name}
          conversation={row}
          packet={packet}
          height={height}
          onOpen={onOpen}
        />
      )}
    </>
  )
}
