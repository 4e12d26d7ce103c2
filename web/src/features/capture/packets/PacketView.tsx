// SPDX-License-Identifier: Apache-2.0
/* One packet: its layers and its bytes, each of which shows what is chosen in the other. */
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useMemo, useState } from 'react'
import { ApiError } from '@/api/client'
import { useNarrow } from '@/ui/useNarrow'
import { useLanguage, useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, CopyButton, ErrorView, IconButton, Loading } from '@/ui'
import { bytesOf, filterOf, nodeAt, nodesOf, type Node } from './bytes'
import { HexView } from './HexView'
import { LayerTree } from './LayerTree'
import styles from './packets.module.css'
import { usePacket } from './queries'
import { packetTexts } from './texts'
import type { Packet } from './types'

/** The time with all its digits, which a number of JavaScript would not hold. */
export function exactTime(time: string, language: string): string {
  const [seconds = '0', fraction = ''] = time.split('.')
  const whole = new Date(Number(seconds) * 1000)
  if (Number.isNaN(whole.getTime())) return time
  const moment = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' })
  return `${moment.format(whole)} .${fraction}`
}

function Facts({ packet }: { packet: Packet }) {
  const t = useTexts(packetTexts)
  const { language } = useLanguage()
  const format = useFormat()
  const all = format.number(packet.length)
  return (
    <p className={styles.packetFacts}>
      {packet.time != null && <span>{t.absolute(exactTime(packet.time, language))}</span>}
      {packet.time == null && <span>{t.noTime}</span>}
      <span>
        {packet.captured < packet.length
          ? t.capturedOf(format.number(packet.captured), all)
          : t.wireBytes(all)}
      </span>
      <span>
        <code>{packet.link_type}</code>
      </span>
      {packet.tcp?.events.map((event) => (
        <Badge key={event} tone="warning">
          {event}
        </Badge>
      ))}
    </p>
  )
}

function Chosen({ node }: { node: Node | null }) {
  const t = useTexts(packetTexts)
  const filter = node?.field == null ? null : filterOf(node.field)
  return (
    <p className={styles.chosen}>
      {filter !== null && (
        <>
          <code>{filter}</code>
          <CopyButton text={filter} label={t.copyFilter} />
        </>
      )}
    </p>
  )
}

function Parts({ packet }: { packet: Packet }) {
  const t = useTexts(packetTexts)
  const format = useFormat()
  const isNarrow = useNarrow(560)
  const nodes = useMemo(() => nodesOf(packet), [packet])
  const bytes = useMemo(() => bytesOf(packet), [packet])
  const [selected, setSelected] = useState<string | null>(null)
  const [hovered, setHovered] = useState<string | null>(null)
  const find = (id: string | null) => nodes.find((node) => node.id === id) ?? null
  const mark = find(hovered ?? selected)?.span ?? null
  const choose = (at: number) => setSelected(nodeAt(nodes, at)?.id ?? null)
  return (
    <>
      <div className={styles.parts}>
        <LayerTree
          label={t.layers}
          nodes={nodes}
          selected={selected}
          onSelect={setSelected}
          onHover={setHovered}
        />
        {bytes.length === 0 ? (
          <p className="muted">{t.nothing}</p>
        ) : (
          <HexView
            label={t.bytes}
            bytes={bytes}
            mark={mark}
            perRow={isNarrow ? 8 : 16}
            onSelect={choose}
            onHover={(at) => setHovered(at === null ? null : (nodeAt(nodes, at)?.id ?? null))}
          />
        )}
      </div>
      <div className={styles.partsFoot}>
        <Chosen node={find(selected)} />
        <span className="muted">
          {packet.fields_limited && t.fieldsCut}{' '}
          {bytes.length < packet.captured && t.bytesCut(format.number(bytes.length))}
        </span>
        <CopyButton text={packet.bytes} label={t.copyBytes} />
      </div>
    </>
  )
}

export function PacketView({
  file,
  number,
  last,
  onGo,
}: {
  file: string
  number: number
  last: number
  onGo: (number: number) => void
}) {
  const t = useTexts(packetTexts)
  const format = useFormat()
  const query = usePacket(file, number)
  const packet = query.data
  const title = t.details(format.number(number))
  if (query.error !== null)
    return (
      <ErrorView
        error={query.error}
        {...(query.error instanceof ApiError && query.error.status === 404
          ? {}
          : { retry: () => void query.refetch() })}
      />
    )
  return (
    <section
      className={styles.packet}
      aria-label={t.contents(format.number(number))}
      aria-busy={query.isPlaceholderData}
    >
      <header className={styles.packetHead}>
        <h2>{title}</h2>
        <IconButton
          label={t.previous}
          icon={<ChevronLeft size={16} />}
          disabled={number <= 1}
          onClick={() => onGo(number - 1)}
        />
        <IconButton
          label={t.next}
          icon={<ChevronRight size={16} />}
          disabled={number >= last}
          onClick={() => onGo(number + 1)}
        />
        {packet !== undefined && <Facts packet={packet} />}
      </header>
      {packet === undefined ? <Loading /> : <Parts key={packet.number} packet={packet} />}
    </section>
  )
}
