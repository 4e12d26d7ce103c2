// SPDX-License-Identifier: Apache-2.0
/* The devices, each with its files over time. */
import { useVirtualizer } from '@tanstack/react-virtual'
import { GitCompareArrows } from 'lucide-react'
import { useMemo, useRef } from 'react'
import { Link } from 'react-router'
import { comparePath, filePath } from '@/app/paths'
import type { FileDocument } from '@/api/queries'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { EmptyState, Time } from '@/ui'
import { devicesOf, isText, type Device } from '../files'
import { FileStateView, KindIcon, useKindName } from '../parts'
import styles from './list.module.css'
import { listTexts } from './texts'

type Row = { device: Device } | { file: FileDocument; newer: FileDocument | undefined; first: boolean }

function rowsOf(devices: Device[]): Row[] {
  return devices.flatMap((device): Row[] => [
    { device },
    ...device.versions.map((file, at) => {
      const newer = device.versions.slice(0, at).findLast(isText)
      return { file, newer: isText(file) ? newer : undefined, first: at === 0 }
    }),
  ])
}

export function Devices({ files }: { files: FileDocument[] }) {
  const t = useTexts(listTexts)
  const format = useFormat()
  const kindName = useKindName()
  const scroller = useRef<HTMLDivElement>(null)
  const rows = useMemo(() => rowsOf(devicesOf(files)), [files])
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualiser is not passed on
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 28,
    overscan: 12,
    initialRect: { width: 800, height: 600 },
  })
  if (rows.length === 0) return <EmptyState title={t.noDevices} />
  return (
    <div ref={scroller} className={styles.devices} role="region" aria-label={t.viewDevices} tabIndex={0}>
      <ul className={styles.deviceRows} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows[index] as Row
          const style = { transform: `translateY(${start}px)` }
          if ('device' in row)
            return (
              <li key={index} className={styles.deviceRow} style={style}>
                <span>{row.device.hostname}</span>
                <span className={styles.wideOnly}>{row.device.versions[0]?.vendor}</span>
                <span className="number">{t.versions(row.device.versions.length)}</span>
              </li>
            )
          const { file, newer, first } = row
          return (
            <li key={index} className={styles.versionRow} style={style}>
              <span className={styles.name}>
                <KindIcon kind={file.file_type} />
                <Link to={filePath(file.id)}>{file.original_filename}</Link>
              </span>
              <span className={styles.wideOnly}>{kindName(file.file_type)}</span>
              <span className="number">{format.bytes(file.file_size_bytes)}</span>
              <span>
                <Time at={file.created_at} relative />
              </span>
              <span className={styles.wideOnly}>
                <FileStateView file={file} />
              </span>
              <span>
                {newer !== undefined ? (
                  <Link to={comparePath(file.id, newer.id)} title={t.compareWithNewer}>
                    <GitCompareArrows size={13} aria-hidden /> {t.compare}
                  </Link>
                ) : (
                  first && <span className="muted">{t.newest}</span>
                )}
              </span>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
