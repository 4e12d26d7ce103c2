// SPDX-License-Identifier: Apache-2.0
/* The hierarchy of protocols, with the share of each in all bytes. */
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { DataTable, Notice, Panel, type Column } from '@/ui'
import styles from './capture.module.css'
import { captureTexts } from './texts'
import type { CaptureResult, Protocol } from './types'

/** A bar of a share; the number stands beside it, so screen readers need none. */
export function Bar({ share }: { share: number }) {
  const width = `${Math.min(100, Math.max(share > 0 ? 0.5 : 0, share * 100))}%`
  return (
    <span className={styles.bar} aria-hidden>
      <span style={{ width }} />
    </span>
  )
}

/** The first rows of the hierarchy, for the summary. */
export function ProtocolBars({ capture }: { capture: CaptureResult }) {
  const format = useFormat()
  return (
    <ul className={styles.protocols}>
      {capture.protocols.rows.slice(0, 14).map((row, i) => (
        <li key={i}>
          <code style={{ paddingLeft: `${Math.min(row.depth, 8) * 12}px` }}>{row.name}</code>
          <Bar share={row.bytes / capture.wire_bytes} />
          <span className="number">{format.percent(row.bytes / capture.wire_bytes)}</span>
        </li>
      ))}
    </ul>
  )
}

export function Protocols({ capture }: { capture: CaptureResult }) {
  const t = useTexts(captureTexts)
  const format = useFormat()
  const rows = capture.protocols.rows.map((row, index) => ({ ...row, index }))
  const columns: Column<Protocol & { index: number }>[] = [
    {
      key: 'name',
      label: t.protocol,
      width: 'minmax(12rem, 1fr)',
      cell: (row) => <code style={{ paddingLeft: `${row.depth * 16}px` }}>{row.name}</code>,
      sort: (row) => row.index,
    },
    {
      key: 'share',
      label: t.share,
      width: 'minmax(6rem, 1fr)',
      cell: (row) => <Bar share={row.bytes / capture.wire_bytes} />,
    },
    {
      key: 'percent',
      label: '%',
      width: '4.5rem',
      numeric: true,
      cell: (row) => format.percent(row.bytes / capture.wire_bytes),
    },
    {
      key: 'frames',
      label: t.frames,
      width: '6rem',
      numeric: true,
      cell: (row) => format.number(row.frames),
      sort: (row) => row.frames,
    },
    {
      key: 'bytes',
      label: t.bytes,
      width: '6rem',
      numeric: true,
      cell: (row) => format.bytes(row.bytes),
      sort: (row) => row.bytes,
    },
  ]
  return (
    <>
      {capture.protocols.limited && <Notice>{t.protocolsLimited}</Notice>}
      <Panel flush>
        <DataTable label={t.protocols} rows={rows} columns={columns} rowKey={(row) => `${row.index}`} />
      </Panel>
    </>
  )
}
