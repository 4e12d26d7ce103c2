// SPDX-License-Identifier: Apache-2.0
/* ICMP by type and code, and the frames of each VLAN. */
import { Waypoints } from 'lucide-react'
import type { FileDocument } from '@/api/queries'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { DataTable, EmptyState, Panel, type Column } from '@/ui'
import styles from './capture.module.css'
import { PacketChips } from './Findings'
import { icmpName } from './names'
import { captureTexts } from './texts'
import type { CaptureResult, Icmp, Vlan } from './types'

export function NetworkFacts({ file, capture }: { file: FileDocument; capture: CaptureResult }) {
  const t = useTexts(captureTexts)
  const format = useFormat()
  const { icmp, vlans } = capture.facts ?? { icmp: [], vlans: [] }
  const icmpColumns: Column<Icmp>[] = [
    {
      key: 'protocol',
      label: t.protocol,
      width: '5.5rem',
      cell: (row) => <code>{row.protocol}</code>,
      sort: (row) => row.protocol,
    },
    {
      key: 'type',
      label: t.type,
      width: '4rem',
      cell: (row) => row.type,
      sort: (row) => row.type,
    },
    {
      key: 'code',
      label: t.code,
      width: '4.5rem',
      cell: (row) => row.code,
      sort: (row) => row.code,
    },
    {
      key: 'meaning',
      label: t.meaning,
      width: 'minmax(13rem, 1fr)',
      cell: (row) => icmpName(row.protocol, row.type, row.code),
      sort: (row) => icmpName(row.protocol, row.type, row.code),
    },
    {
      key: 'count',
      label: t.count,
      width: '6.5rem',
      numeric: true,
      cell: (row) => format.number(row.count),
      sort: (row) => row.count,
    },
    {
      key: 'packets',
      label: t.packetsLabel,
      width: 'minmax(16rem, 1fr)',
      cell: (row) => <PacketChips file={file} packets={row.packets} />,
    },
  ]
  const vlanColumns: Column<Vlan>[] = [
    { key: 'id', label: t.vlan, width: '5rem', numeric: true, cell: (row) => row.id, sort: (row) => row.id },
    {
      key: 'tag',
      label: t.tag,
      width: '6rem',
      cell: (row) => <code>{row.tag}</code>,
      sort: (row) => row.tag,
    },
    {
      key: 'frames',
      label: t.frames,
      width: 'minmax(6rem, 10rem)',
      numeric: true,
      cell: (row) => format.number(row.frames),
      sort: (row) => row.frames,
    },
  ]
  if (icmp.length + vlans.length === 0)
    return (
      <EmptyState icon={<Waypoints size={28} />} title={t.noNetwork}>
        {t.noNetworkHint}
      </EmptyState>
    )
  return (
    <div className={styles.stack}>
      {icmp.length > 0 && (
        <Panel title={'ICMP'} flush>
          <DataTable
            label={'ICMP'}
            rows={icmp}
            columns={icmpColumns}
            rowKey={(row) => `${row.protocol} ${row.type} ${row.code}`}
          />
        </Panel>
      )}
      {vlans.length > 0 && (
        <Panel title={'VLAN'} flush>
          <DataTable
            label={'VLAN'}
            rows={vlans}
            columns={vlanColumns}
            rowKey={(row) => `${row.tag} ${row.id}`}
          />
        </Panel>
      )}
    </div>
  )
}
