// SPDX-License-Identifier: Apache-2.0
/* The room of one file. What is shown below its head depends on its kind. */
import { useQueryClient } from '@tanstack/react-query'
import { Download, FileX2, GitCompareArrows, MessagesSquare, RotateCw, Trash2 } from 'lucide-react'
import { lazy, Suspense, useState } from 'react'
import { Link, useNavigate, useParams } from 'react-router'
import { chatPath, filePath } from '@/app/paths'
import { ApiError, download, getRaw } from '@/api/client'
import { useFile, useTask, type FileDocument } from '@/api/queries'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import {
  Button,
  CopyButton,
  EmptyState,
  ErrorView,
  IconButton,
  LinkButton,
  Loading,
  Notice,
  Page,
  Time,
  useErrorText,
  useToast,
} from '@/ui'
import { ArchiveView } from './archive/ArchiveView'
import { archiveOf } from './archive/archive'
import { archiveTexts } from './archive/texts'
import { hostnameOf, isText, kindReasonOf, vendorReasonOf } from './files'
import { useDeletions } from './list/deletion'
import { pageTexts } from './page.texts'
import styles from './page.module.css'
import { FileStateView, KindIcon, useKindName } from './parts'
import { PdfPages } from './pdf/PdfPages'
import { TextFile } from './TextFile'
import { sendFile } from './upload/send'
import { useNarrow } from '@/ui/useNarrow'

const CaptureView = lazy(() => import('@/features/capture/CaptureView'))

function Head({ file }: { file: FileDocument }) {
  const t = useTexts(pageTexts)
  const format = useFormat()
  const kindName = useKindName()
  const words = useTexts(archiveTexts)
  const archive = archiveOf(file)
  return (
    <div className={styles.head}>
      <span title={kindReasonOf(file) ?? undefined}>
        <KindIcon kind={file.file_type} /> {kindName(file.file_type)}
      </span>
      {hostnameOf(file) !== null && <strong>{hostnameOf(file)}</strong>}
      {file.vendor != null && <span title={vendorReasonOf(file) ?? undefined}>{file.vendor}</span>}
      <span>{format.bytes(file.file_size_bytes)}</span>
      <Time at={file.created_at} relative />
      {archive !== null && (
        <span>
          {words.from} <Link to={filePath(archive.id)}>{archive.name}</Link>
        </span>
      )}
      {file.sha256 != null && (
        <span className={styles.sha}>
          <span title={`${t.sha256} ${file.sha256}`}>
            {t.sha256} <code>{file.sha256.slice(0, 12)}…</code>
          </span>
          <CopyButton text={file.sha256} label={t.copySha} />
        </span>
      )}
      <FileStateView file={file} />
    </div>
  )
}

function Actions({ file }: { file: FileDocument }) {
  const t = useTexts(pageTexts)
  const navigate = useNavigate()
  const toast = useToast()
  const errorText = useErrorText()
  const { remove } = useDeletions()
  return (
    <>
      {file.file_type !== 'archive' && (
        <LinkButton to={`${chatPath()}?file=${file.id}`} icon={<MessagesSquare size={15} />}>
          {t.ask}
        </LinkButton>
      )}
      {isText(file) && (
        <LinkButton to={`/compare?a=${file.id}`} icon={<GitCompareArrows size={15} />}>
          {t.compare}
        </LinkButton>
      )}
      <IconButton
        label={t.download}
        icon={<Download size={16} />}
        onClick={() =>
          void download(`/api/v1/files/${file.id}/download`, file.original_filename).catch((error: unknown) =>
            toast(`${t.downloadFailed} ${errorText(error)}`),
          )
        }
      />
      <IconButton
        kind="danger"
        label={t.remove}
        icon={<Trash2 size={16} />}
        onClick={() => {
          remove([file.id])
          void navigate('/files')
        }}
      />
    </>
  )
}

/** Why the analysis has failed. The same bytes uploaded again are analysed again. */
function Failed({ file, reason }: { file: FileDocument; reason: string | null }) {
  const t = useTexts(pageTexts)
  const toast = useToast()
  const errorText = useErrorText()
  const queries = useQueryClient()
  const [busy, setBusy] = useState(false)
  const again = async () => {
    setBusy(true)
    try {
      const bytes = await (await getRaw(`/api/v1/files/${file.id}/download`)).blob()
      await sendFile(new File([bytes], file.original_filename), () => {}, new AbortController().signal)
      toast(t.againSent)
      await queries.invalidateQueries({ queryKey: ['files'] })
    } catch (error) {
      toast(errorText(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Notice tone="error">
      <div className={styles.grow}>
        <strong>{t.failedTitle}</strong>
        {reason !== null && <p>{reason}</p>}
        <p className="muted">{t.failedHint}</p>
      </div>
      <Button icon={<RotateCw size={14} />} busy={busy} onClick={() => void again()}>
        {t.again}
      </Button>
    </Notice>
  )
}

function Body({ file }: { file: FileDocument }) {
  const task = useTask(file.task?.id)
  const t = useTexts(pageTexts)
  const words = useTexts(archiveTexts)
  const failed = file.status === 'failed'
  return (
    <>
      {failed && <Failed file={file} reason={file.failure_reason ?? task.data?.error_message ?? null} />}
      {task.error !== null && <ErrorView error={task.error} retry={() => void task.refetch()} />}
      {file.file_type === 'archive' ? (
        <ArchiveView file={file} />
      ) : file.task?.stage === 'unpacking' && !failed ? (
        <Notice>{words.running}</Notice>
      ) : isText(file) ? (
        <TextFile file={file} task={task.data} />
      ) : failed ? null : file.status !== 'completed' ? (
        <Notice>{t.running}</Notice>
      ) : file.file_type === 'pdf' ? (
        <PdfPages file={file} />
      ) : task.data === undefined ? (
        task.error === null && <Loading />
      ) : (
        <Suspense fallback={<Loading />}>
          <CaptureView file={file} task={task.data} />
        </Suspense>
      )}
    </>
  )
}

export function Component() {
  const t = useTexts(pageTexts)
  const { id = '' } = useParams()
  const file = useFile(id)
  const narrow = useNarrow(1000)
  if (file.data === undefined) {
    const missing = file.error instanceof ApiError && (file.error.status === 404 || file.error.status === 400)
    return (
      <Page title={t.file}>
        {missing ? (
          <EmptyState
            icon={<FileX2 size={36} />}
            title={t.notFound}
            action={<Link to="/files">{t.toFiles}</Link>}
          >
            {t.notFoundHint}
          </EmptyState>
        ) : file.error !== null ? (
          <ErrorView error={file.error} retry={() => void file.refetch()} />
        ) : (
          <Loading />
        )}
      </Page>
    )
  }
  return (
    <Page
      full={!narrow && !['pcap', 'archive'].includes(file.data.file_type)}
      title={file.data.original_filename}
      subtitle={<Head file={file.data} />}
      actions={<Actions file={file.data} />}
    >
      <Body key={id} file={file.data} />
    </Page>
  )
}
