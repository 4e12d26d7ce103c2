// SPDX-License-Identifier: Apache-2.0
/* A capture: what its analysis has computed, in parts. */
import { useMemo } from 'react'
import type { AnalysisTask, FileDocument } from '@/api/queries'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Notice, Tabs } from '@/ui'
import styles from './capture.module.css'
import { Conversations } from './Conversations'
import { Hosts } from './Hosts'
import { Names } from './Names'
import { NetworkFacts } from './NetworkFacts'
import { Packets } from './packets/Packets'
import { usePlace, type Part } from './places'
import { Protocols } from './Protocols'
import { Summary } from './Summary'
import { captureTexts } from './texts'
import { captureOf, type CaptureResult } from './types'

function PartOf({ part, file, capture }: { part: Part; file: FileDocument; capture: CaptureResult }) {
  switch (part) {
    case 'summary':
      return <Summary file={file} capture={capture} />
    case 'conversations':
      return <Conversations file={file} capture={capture} />
    case 'packets':
      return <Packets file={file} capture={capture} />
    case 'hosts':
      return <Hosts capture={capture} />
    case 'protocols':
      return <Protocols capture={capture} />
    case 'names':
      return <Names file={file} capture={capture} />
    case 'network':
      return <NetworkFacts file={file} capture={capture} />
  }
}

export default function CaptureView({ file, task }: { file: FileDocument; task: AnalysisTask }) {
  const t = useTexts(captureTexts)
  const format = useFormat()
  const place = usePlace()
  const capture = useMemo(() => captureOf(task.result), [task.result])
  if (capture === null) return <Notice tone="warning">{t.notACapture}</Notice>

  const { facts } = capture
  const names =
    facts === undefined ? 0 : facts.dns_names.count + facts.http_hosts.count + facts.tls_server_names.count
  const label = (text: string, count: number) => (
    <>
      {text} <span className={styles.count}>{format.number(count)}</span>
    </>
  )
  return (
    <div className={styles.view}>
      {!capture.complete && <Notice tone="warning">{t.incomplete(capture.incomplete ?? '')}</Notice>}
      <Tabs
        label={t.parts}
        selected={place.part}
        onSelect={(part) =>
          place.go({
            part,
            view: null,
            ...(part === 'packets' ? { filter: null } : { packet: null }),
            ...(part === 'conversations' || part === 'packets' ? {} : { conversation: null, filter: null }),
          })
        }
        tabs={[
          { key: 'summary', label: t.summary },
          { key: 'conversations', label: label(t.conversations, capture.conversations.count) },
          { key: 'packets', label: label(t.packets, capture.packets) },
          { key: 'hosts', label: label(t.hosts, capture.hosts.count) },
          { key: 'protocols', label: t.protocols },
          { key: 'names', label: label(t.names, names) },
          { key: 'network', label: t.network },
        ]}
      />
      <PartOf part={place.part} file={file} capture={capture} />
    </div>
  )
}
