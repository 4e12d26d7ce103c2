// SPDX-License-Identifier: Apache-2.0
/* What the analysis says of one packet: ?packet=. */
import { X } from 'lucide-react'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { CopyButton, IconButton } from '@/ui'
import styles from './capture.module.css'
import { usePlace } from './places'
import { captureTexts } from './texts'
import type { CaptureResult } from './types'

export function PacketNote({ capture, packet }: { capture: CaptureResult; packet: number }) {
  const t = useTexts(captureTexts)
  const format = useFormat()
  const place = usePlace()
  const filter = `frame.number == ${packet}`
  const naming = (capture.findings ?? []).filter((finding) => finding.packets.includes(packet))
  const isThere = packet <= capture.packets
  return (
    <section className={styles.packetNote} aria-label={t.packetTitle(format.number(packet))}>
      <strong>{t.packetTitle(format.number(packet))}</strong>
      {isThere && (
        <span className={styles.code}>
          <code>{filter}</code>
          <CopyButton text={filter} label={t.copyFilter} />
        </span>
      )}
      {!isThere && <span>{t.packetBeyond(format.number(capture.packets))}</span>}
      {isThere && naming.length === 0 && <span className="muted">{t.packetNotNamed}</span>}
      {naming.length > 0 && (
        <span className={styles.naming}>
          <span className="muted">{t.packetNamedBy}</span>
          <span lang="en">{naming.map((finding) => finding.title).join('; ')}</span>
        </span>
      )}
      <IconButton
        className={styles.end}
        label={t.closePacket}
        icon={<X size={14} />}
        onClick={() => place.go({ packet: null })}
      />
    </section>
  )
}
