// SPDX-License-Identifier: Apache-2.0
/* What one says first of a capture: when, how much, who, and what is wrong. */
import type { FileDocument } from '@/api/queries'
import { useLanguage, useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Facts, Panel, Time } from '@/ui'
import styles from './capture.module.css'
import { Findings } from './Findings'
import { paragraph } from './paragraph'
import { ProtocolBars } from './Protocols'
import { captureTexts } from './texts'
import { TimelinePanel } from './TimelinePanel'
import type { CaptureResult } from './types'

/** A time with its zone and the digits that a capture needs. */
function Moment({ seconds }: { seconds: number | undefined }) {
  return <Time at={seconds === undefined ? null : new Date(seconds * 1000).toISOString()} />
}

function useFileFacts(capture: CaptureResult): [string, React.ReactNode][] {
  const t = useTexts(captureTexts)
  const format = useFormat()
  const { rows, count } = capture.interfaces
  const shown = rows.slice(0, 4)
  const some = (label: string, value: number): [string, React.ReactNode][] =>
    value > 0 ? [[label, format.number(value)]] : []
  return [
    [t.format, capture.format],
    ...(capture.compression === undefined
      ? []
      : ([[t.compression, capture.compression]] as [string, string][])),
    [
      t.interfaces,
      <ul key="interfaces">
        {shown.map((shownOne, i) => (
          <li key={i}>
            {[shownOne.name, shownOne.link_type].filter(Boolean).join(' · ')}{' '}
            <span className="muted">{format.number(shownOne.packets)}</span>
          </li>
        ))}
        {count > shown.length && <li className="muted">{t.moreInterfaces(count - shown.length)}</li>}
      </ul>,
    ],
    ...(capture.first_time === undefined
      ? []
      : ([
          [
            t.timeRange,
            <span key="time">
              <Moment seconds={capture.first_time} /> – <Moment seconds={capture.last_time} />
            </span>,
          ],
          [t.duration, format.seconds(capture.duration_s ?? 0)],
        ] as [string, React.ReactNode][])),
    [t.packets, format.number(capture.packets)],
    [t.onTheWire, format.bytes(capture.wire_bytes)],
    [t.inTheFile, format.bytes(capture.captured_bytes)],
    ...some(t.snapped, capture.snapped_packets),
    ...some(t.reversals, capture.time_reversals ?? 0),
    ...some(t.fragments, capture.ip_fragments),
    ...some(t.fragmentsDropped, capture.ip_fragments_dropped),
    ...some(t.undecoded, capture.unknown_link_packets),
  ]
}

export function Summary({ file, capture }: { file: FileDocument; capture: CaptureResult }) {
  const t = useTexts(captureTexts)
  const { language } = useLanguage()
  const format = useFormat()
  const facts = useFileFacts(capture)
  return (
    <div className={styles.columns}>
      <div className={styles.stack}>
        <Panel>
          <p className={styles.lead}>{paragraph(capture, captureTexts[language], format).join(' ')}</p>
        </Panel>
        <TimelinePanel capture={capture} />
        <Findings file={file} capture={capture} />
      </div>
      <div className={styles.stack}>
        <Panel title={t.file}>
          <Facts facts={facts} />
        </Panel>
        <Panel title={t.protocols}>
          <ProtocolBars capture={capture} />
        </Panel>
      </div>
    </div>
  )
}
