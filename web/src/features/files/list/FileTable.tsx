// SPDX-License-Identifier: Apache-2.0
import { useMemo } from 'react'
import { Link, useNavigate } from 'react-router'
import { filePath } from '@/app/paths'
import type { FileDocument } from '@/api/queries'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { DataTable, Time, type Column } from '@/ui'
import { hostnameOf, stateOf } from '../files'
import { FileStateView, KindIcon, useKindName } from '../parts'
import { useNarrow } from '@/ui/useNarrow'
import styles from './list.module.css'
import { listTexts } from './texts'

interface FileTableProps {
  files: FileDocument[]
  selected: ReadonlySet<string>
  onSelect: (id: string, selected: boolean) => void
}

export function FileTable({ files, selected, onSelect }: FileTableProps) {
  const t = useTexts(listTexts)
  const format = useFormat()
  const kindName = useKindName()
  const navigate = useNavigate()
  const narrow = useNarrow()
  const columns = useMemo(
    (): Column<FileDocument>[] => [
      {
        key: 'select',
        label: '✓',
        width: '16px',
        cell: (file) => (
          // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions, jsx-a11y/click-events-have-key-events -- keeps the click on the box from opening the row
          <label className={styles.check} onClick={(event) => event.stopPropagation()}>
            <input
              type="checkbox"
              aria-label={t.select(file.original_filename)}
              checked={selected.has(file.id)}
              onChange={(event) => onSelect(file.id, event.target.checked)}
            />
          </label>
        ),
      },
      {
        key: 'name',
        label: t.name,
        width: narrow ? 'minmax(150px, 1.5fr)' : 'minmax(220px, 2.2fr)',
        sort: (file) => file.original_filename,
        cell: (file) => (
          <span className={styles.name}>
            <KindIcon kind={file.file_type} />
            <Link to={filePath(file.id)} tabIndex={-1} title={file.original_filename}>
              {file.original_filename}
            </Link>
          </span>
        ),
      },
      {
        key: 'kind',
        label: t.kind,
        width: 'minmax(90px, 0.9fr)',
        sort: (file) => file.file_type,
        cell: (file) => kindName(file.file_type),
      },
      {
        key: 'device',
        label: t.device,
        width: 'minmax(100px, 1fr)',
        sort: (file) => hostnameOf(file) ?? '',
        cell: (file) => hostnameOf(file) ?? <span className="muted">–</span>,
      },
      {
        key: 'vendor',
        label: t.vendor,
        width: 'minmax(70px, 0.7fr)',
        sort: (file) => file.vendor ?? '',
        cell: (file) => file.vendor ?? <span className="muted">–</span>,
      },
      {
        key: 'size',
        label: t.size,
        width: '76px',
        numeric: true,
        sort: (file) => file.file_size_bytes,
        cell: (file) => format.bytes(file.file_size_bytes),
      },
      {
        key: 'state',
        label: t.state,
        width: narrow ? 'minmax(100px, 1fr)' : 'minmax(150px, 1.5fr)',
        sort: stateOf,
        cell: (file) => <FileStateView file={file} />,
      },
      {
        key: 'uploaded',
        label: t.uploaded,
        width: 'minmax(100px, 1fr)',
        sort: (file) => file.created_at,
        cell: (file) => <Time at={file.created_at} relative />,
      },
    ],
    [t, format, kindName, selected, onSelect, narrow],
  )
  return (
    <DataTable
      label={t.title}
      rows={files}
      columns={narrow ? columns.filter(({ key }) => ['select', 'name', 'state'].includes(key)) : columns}
      rowKey={(file) => file.id}
      selected={(file) => selected.has(file.id)}
      onOpen={(file) => void navigate(filePath(file.id))}
      height={`min(${(files.length + 1) * 28 + 18}px, max(320px, calc(100dvh - 250px)))`}
      initialSort={{ key: 'uploaded', descending: true }}
    />
  )
}
