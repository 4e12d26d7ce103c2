// SPDX-License-Identifier: Apache-2.0
/* The devices as a table: what the drawing shows, for those who would rather read. */
import { useMemo, useState } from 'react'
import { useTexts } from '@/i18n'
import { DataTable, Input, type Column } from '@/ui'
import type { GraphNode, Model } from './graph'
import styles from './Panels.module.css'
import { topologyTexts } from './texts'

interface DeviceListProps {
  model: Model
  selected: string | null
  onSelect: (id: string) => void
}

export function DeviceList({ model, selected, onSelect }: DeviceListProps) {
  const t = useTexts(topologyTexts)
  const [text, setText] = useState('')
  const rows = useMemo(() => {
    const wanted = text.trim().toLowerCase()
    return [...model.nodes.values()].filter(
      ({ data, hidden }) =>
        hidden !== true &&
        `${data.label} ${data.ip ?? ''} ${data.group ?? ''}`.toLowerCase().includes(wanted),
    )
  }, [model, text])
  const columns = useMemo((): Column<GraphNode>[] => {
    const links = (node: GraphNode) => model.edgesOf.get(node.id)?.length ?? 0
    const findings = (node: GraphNode) => model.findingsOfNode.get(node.id)?.length ?? 0
    return [
      {
        key: 'name',
        label: t.name,
        width: 'minmax(5.5rem, 1.2fr)',
        cell: (node) => node.data.label,
        sort: (node) => node.data.label,
      },
      {
        key: 'ip',
        label: t.address,
        width: 'minmax(6rem, 1fr)',
        cell: (node) => <span className="mono">{node.data.ip}</span>,
        sort: (node) => node.data.ip ?? '',
      },
      { key: 'links', label: t.linksOf, width: '2.6rem', numeric: true, cell: links, sort: links },
      { key: 'findings', label: t.findings, width: '3.6rem', numeric: true, cell: findings, sort: findings },
    ]
  }, [model, t])
  return (
    <div className={styles.fill}>
      <div className={styles.filter}>
        <Input
          type="search"
          aria-label={t.filterDevices}
          placeholder={t.filterDevices}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <div className={styles.tableBox}>
        <DataTable
          rows={rows}
          columns={columns}
          rowKey={(node) => node.id}
          label={t.deviceTable}
          height="100%"
          selected={(node) => node.id === selected}
          onOpen={(node) => onSelect(node.id)}
        />
      </div>
    </div>
  )
}
