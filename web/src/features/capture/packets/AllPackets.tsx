// SPDX-License-Identifier: Apache-2.0
/* All packets of a capture. A browser cannot scroll over more than some hundred thousand rows, so a
 * larger capture is shown in parts. */
import { ChevronLeft, ChevronRight } from 'lucide-react'
import { useCallback, useState, type FormEvent } from 'react'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Button, ErrorView, IconButton, Input } from '@/ui'
import { PacketList, type Sight } from './PacketList'
import styles from './packets.module.css'
import { usePackets } from './queries'
import { packetTexts } from './texts'

/* Two lines of a narrow screen make 14 million pixels of that many. */
export const partSize = 300_000

/** The part, from 0, in which a packet is. */
export function partOf(number: number): number {
  return Math.floor((Math.max(1, number) - 1) / partSize)
}

function GoTo({ total, onOpen }: { total: number; onOpen: (number: number) => void }) {
  const t = useTexts(packetTexts)
  const [text, setText] = useState('')
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const number = Number(text)
    if (Number.isInteger(number) && number >= 1) onOpen(Math.min(number, total))
  }
  return (
    <form className={styles.goTo} onSubmit={submit}>
      <Input
        aria-label={t.goTo}
        placeholder={t.goTo}
        inputMode="numeric"
        value={text}
        onChange={(event) => setText(event.target.value.replace(/\D/g, ''))}
      />
      <Button type="submit" disabled={text === ''}>
        {t.go}
      </Button>
    </form>
  )
}

export function AllPackets({
  file,
  total,
  packet,
  height,
  onOpen,
}: {
  file: string
  total: number
  packet: number | null
  height: number
  onOpen: (number: number) => void
}) {
  const t = useTexts(packetTexts)
  const format = useFormat()
  const [chosen, setChosen] = useState<{ part: number; of: number | null }>({ part: 0, of: null })
  const [sight, setSight] = useState<Sight>(() => {
    const at = packet === null ? 0 : (packet - 1) % partSize
    return { first: at, last: at }
  })
  // A packet that was chosen since is shown in its own part.
  const part = packet !== null && packet !== chosen.of ? partOf(packet) : chosen.part
  const parts = Math.ceil(total / partSize)
  const from = part * partSize
  const count = Math.min(partSize, total - from)
  const { rowAt, error, refetch } = usePackets(
    file,
    from + Math.min(sight.first, count - 1),
    from + Math.min(sight.last, count - 1),
  )
  const onSight = useCallback((next: Sight) => setSight(next), [])
  const turn = (to: number) => setChosen({ part: to, of: packet })
  const isHere = packet !== null && packet > from && packet <= from + count
  return (
    <>
      <div className={styles.listHead}>
        <span role="status">
          {t.range(format.number(from + 1), format.number(from + count), format.number(total))}
        </span>
        {parts > 1 && (
          <>
            <IconButton
              label={t.earlier}
              icon={<ChevronLeft size={15} />}
              disabled={part === 0}
              onClick={() => turn(part - 1)}
            />
            <IconButton
              label={t.later}
              icon={<ChevronRight size={15} />}
              disabled={part === parts - 1}
              onClick={() => turn(part + 1)}
            />
          </>
        )}
        <span className={styles.keysHint}>{t.keysHint}</span>
        <GoTo total={total} onOpen={onOpen} />
      </div>
      {error !== null && <ErrorView error={error} retry={refetch} />}
      <PacketList
        key={part}
        label={t.packets}
        count={count}
        rowAt={(index) => rowAt(from + index)}
        numberAt={(index) => from + index + 1}
        selected={isHere ? packet - 1 - from : -1}
        height={height}
        onSight={onSight}
        onOpen={onOpen}
      />
    </>
  )
}
