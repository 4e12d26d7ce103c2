// SPDX-License-Identifier: Apache-2.0
/* The uploads of this tab, from the first byte to the end of the analysis. */
import { Eraser, X } from 'lucide-react'
import { useEffect, useMemo, useState, useSyncExternalStore } from 'react'
import { Link } from 'react-router'
import { filePath } from '@/app/paths'
import type { FileDocument } from '@/api/queries'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge, Button, DataTable, Panel, useErrorText, type Column } from '@/ui'
import { filesByArchive } from '../archive/archive'
import { FileStateView, Progress } from '../parts'
import styles from '../list/list.module.css'
import { listTexts } from '../list/texts'
import { isActive, type Upload, type UploadQueue } from './queue'

function useCountdown(until: number | null): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    if (until === null) return
    const timer = setInterval(() => setNow(Date.now()), 500)
    return () => clearInterval(timer)
  }, [until])
  return until === null ? 0 : Math.max(0, Math.ceil((until - now) / 1000))
}

function UploadStateView({ upload, file }: { upload: Upload; file: FileDocument | undefined }) {
  const t = useTexts(listTexts)
  const format = useFormat()
  const errorText = useErrorText()
  switch (upload.state) {
    case 'waiting':
      return <Badge>{t.waiting}</Badge>
    case 'sending':
      return (
        <span className={styles.uploadCell}>
          <Progress
            value={upload.file.size === 0 ? 100 : (upload.sent / upload.file.size) * 100}
            label={t.progress}
          />
          <span className="muted">
            {format.bytes(upload.sent)} / {format.bytes(upload.file.size)}
          </span>
        </span>
      )
    case 'cancelled':
      return <Badge>{t.cancelled}</Badge>
    case 'refused': {
      const reason = upload.error === null ? '' : errorText(upload.error)
      const quota = upload.error?.status === 402 ? ` ${t.quotaHint}` : ''
      const id = upload.error?.requestId == null ? '' : `\n${t.requestId} ${upload.error.requestId}`
      return (
        <span className={styles.uploadCell} title={`${reason}${quota}${id}`}>
          <Badge tone="error">{t.refused}</Badge>
          <span className={styles.reason}>
            {reason}
            {quota}
          </span>
        </span>
      )
    }
    default:
      return (
        <span
          className={styles.uploadCell}
          title={upload.state === 'duplicate' ? t.duplicateHint : undefined}
        >
          {upload.state === 'duplicate' && <Badge tone="note">{t.duplicate}</Badge>}
          {file !== undefined && <FileStateView file={file} />}
        </span>
      )
  }
}

/** An upload, or a file that came out of an archive that was uploaded. */
interface Row {
  key: string
  upload: Upload
  member: FileDocument | null
}

function rowsOf(uploads: Upload[], members: Map<string, FileDocument[]>): Row[] {
  return uploads.flatMap((upload) => [
    { key: String(upload.id), upload, member: null },
    ...(members.get(upload.document?.id ?? '') ?? []).map((member) => ({
      key: `${upload.id} ${member.id}`,
      upload,
      member,
    })),
  ])
}

export function UploadPanel({ queue, files }: { queue: UploadQueue; files: FileDocument[] }) {
  const t = useTexts(listTexts)
  const format = useFormat()
  const { uploads, pausedUntil } = useSyncExternalStore(queue.subscribe, queue.snapshot)
  const wait = useCountdown(pausedUntil)
  const active = uploads.filter(isActive).length
  const members = useMemo(() => filesByArchive(files), [files])
  useEffect(() => {
    if (active === 0) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    return () => window.removeEventListener('beforeunload', warn)
  }, [active])
  if (uploads.length === 0) return null

  const byId = new Map(files.map((file) => [file.id, file]))
  const fileOf = ({ document }: Upload) =>
    document === null ? undefined : (byId.get(document.id) ?? document)
  const refused = uploads.filter(({ state }) => state === 'refused').length
  const rows = rowsOf(uploads, members)
  const columns: Column<Row>[] = [
    {
      key: 'path',
      label: t.name,
      width: 'minmax(140px, 1.4fr)',
      cell: ({ upload, member }) => {
        if (member !== null)
          return (
            <Link
              to={filePath(member.id)}
              title={`${upload.path}: ${member.original_filename}`}
              className={styles.member}
            >
              {member.original_filename}
            </Link>
          )
        const file = fileOf(upload)
        return file === undefined ? (
          <span title={upload.path}>{upload.path}</span>
        ) : (
          <Link to={filePath(file.id)} title={upload.path}>
            {upload.path}
          </Link>
        )
      },
    },
    {
      key: 'size',
      label: t.size,
      width: '72px',
      numeric: true,
      cell: ({ upload, member }) => format.bytes(member?.file_size_bytes ?? upload.file.size),
    },
    {
      key: 'state',
      label: t.state,
      width: 'minmax(180px, 1.8fr)',
      cell: ({ upload, member }) =>
        member === null ? (
          <UploadStateView upload={upload} file={fileOf(upload)} />
        ) : (
          <FileStateView file={member} />
        ),
    },
    {
      key: 'action',
      label: t.action,
      width: '104px',
      cell: ({ upload, member }) =>
        member !== null ? null : isActive(upload) ? (
          <Button kind="quiet" className={styles.rowButton} onClick={() => queue.cancel(upload.id)}>
            {t.cancel}
          </Button>
        ) : upload.state === 'refused' || upload.state === 'cancelled' ? (
          <Button kind="quiet" className={styles.rowButton} onClick={() => queue.retry(upload.id)}>
            {t.retry}
          </Button>
        ) : null,
    },
  ]
  return (
    <Panel
      flush
      title={t.uploads}
      actions={
        <>
          <span role="status" className="muted">
            {t.uploadSummary(uploads.length - active, uploads.length)}
            {refused > 0 && ` · ${t.uploadRefused(refused)}`}
            {pausedUntil !== null && ` · ${t.waitsFor(format.seconds(wait))}`}
          </span>
          {active > 0 && (
            <Button icon={<X size={14} />} onClick={() => queue.cancelAll()}>
              {t.cancelAll}
            </Button>
          )}
          {active < uploads.length && (
            <Button icon={<Eraser size={14} />} onClick={() => queue.clear()}>
              {t.clearEnded}
            </Button>
          )}
        </>
      }
    >
      <DataTable
        label={t.uploads}
        rows={rows}
        columns={columns}
        rowKey={({ key }) => key}
        height={Math.min(230, rows.length * 28 + 46)}
      />
    </Panel>
  )
}
