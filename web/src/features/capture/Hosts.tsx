// SPDX-License-Identifier: Apache-2.0
/* The hosts with what they sent and received. Opening one shows its conversations. */
import { Server } from 'lucide-react'
import { useMemo } from 'react'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { DataTable, EmptyState, Panel, type Column } from '@/ui'
import styles from './capture.module.css'
import { usePlace } from './places'
import { Bar } from './Protocols'
import { captureTexts } from './texts'
import type { CaptureResult, Host } from './types'

export function Hosts({ capture }: { capture: CaptureResult }) {
  const t = useTexts(captureTexts)
  const format = useFormat()
  const place = usePlace()
  const { wire_bytes } = capture
  const { rows, count } = capture.hosts
  const columns = useMemo<Column<Host>[]>(
    () => [
      {
        key: 'address',
        label: t.address,
        width: 'minmax(11rem, 1.4fr)',
        cell: (row) => <code>{row.address}</code>,
        sort: (row) => row.address,
      },
      {
        key: 'share',
        label: t.share,
        width: 'minmax(5rem, 1fr)',
        cell: (row) => <Bar share={(row.tx_bytes + row.rx_bytes) / wire_bytes} />,
      },
      {
        key: 'bytes',
        label: t.bytes,
        width: '6rem',
        numeric: true,
        cell: (row) => format.bytes(row.tx_bytes + row.rx_bytes),
        sort: (row) => row.tx_bytes + row.rx_bytes,
      },
      {
        key: 'txp',
        label: t.sentPackets,
        width: '6rem',
        numeric: true,
        cell: (row) => format.number(row.tx_packets),
        sort: (row) => row.tx_packets,
      },
      {
        key: 'txb',
        label: t.sentBytes,
        width: '6rem',
        numeric: true,
        cell: (row) => format.bytes(row.tx_bytes),
        sort: (row) => row.tx_bytes,
      },
      {
        key: 'rxp',
        label: t.receivedPackets,
        width: '6rem',
        numeric: true,
        cell: (row) => format.number(row.rx_packets),
        sort: (row) => row.rx_packets,
      },
      {
        key: 'rxb',
        label: t.receivedBytes,
        width: '6rem',
        numeric: true,
        cell: (row) => format.bytes(row.rx_bytes),
        sort: (row) => row.rx_bytes,
      },
    ],
    [wire_bytes, t, format],
  )
  if (count === 0)
    return (
      <EmptyState icon={<Server size={28} />} title={t.noHosts}>
        {t.noHostsHint}
      </EmptyState>
    )
  return (
    <Panel flush>
      <DataTable
        label={t.hosts}
        rows={rows}
        columns={columns}
        rowKey={(row) => row.address}
        initialSort={{ key: 'bytes', descending: true }}
        onOpen={(row) => place.go({ part: 'conversations', filter: `ip == ${row.address}` })}
      />
      <p className={styles.foot}>
        {t.openHost} {count > rows.length && t.keptHosts(format.number(rows.length), format.number(count))}
      </p>
    </Panel>
  )
}
