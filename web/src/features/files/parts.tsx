// SPDX-License-Identifier: Apache-2.0
/* Small parts that the rooms of files share. */
import {
  FileArchive,
  FileChartColumn,
  FileCog,
  FileQuestion,
  FileText,
  FileType,
  ScrollText,
  SquareTerminal,
} from 'lucide-react'
import { isPending, type FileDocument } from '@/api/queries'
import { useTexts } from '@/i18n'
import { useFormat } from '@/i18n/format'
import { Badge } from '@/ui'
import { countsOf, type Member } from './archive/archive'
import { archiveTexts } from './archive/texts'
import { partTexts } from './parts.texts'
import styles from './files.module.css'

const icons: Record<string, typeof FileText> = {
  config: FileCog,
  log: ScrollText,
  show: SquareTerminal,
  pcap: FileChartColumn,
  pdf: FileType,
  markdown: FileText,
  text: FileText,
  archive: FileArchive,
}

/** The name of a kind in the language of the page; a kind that the page does not know, as the server says it. */
export function useKindName(): (kind: string) => string {
  const t = useTexts(partTexts) as Record<string, unknown>
  return (kind) => (kind in icons && typeof t[kind] === 'string' ? t[kind] : kind)
}

export function KindIcon({ kind, size = 15 }: { kind: string; size?: number }) {
  const Icon = icons[kind] ?? FileQuestion
  return <Icon size={size} aria-hidden className={styles.kindIcon} />
}

export function Progress({ value, label }: { value: number; label: string }) {
  return <progress className={styles.progress} max={100} value={value} aria-label={label} />
}

/** What happens to a file: the stage of its analysis while it runs, why it has failed. */
export function FileStateView({ file }: { file: FileDocument }) {
  const t = useTexts(partTexts)
  const words = useTexts(archiveTexts)
  const format = useFormat()
  if (file.status === 'failed')
    return (
      <span title={file.failure_reason ?? undefined}>
        <Badge tone="error">{t.failed}</Badge>
      </span>
    )
  const counts = countsOf(file)
  if (counts !== null) {
    const summary = words.counts(counts.files, counts.files - counts.newFiles, counts.leftOut)
    return (
      <span className={styles.stage} title={summary}>
        <Badge tone={counts.incomplete === null ? 'good' : 'warning'}>{t.unpacked}</Badge>
        <span>{summary}</span>
      </span>
    )
  }
  if (!isPending(file)) return <Badge tone="good">{t.completed}</Badge>
  const task = file.task
  if (task == null || task.status === 'pending') return <Badge>{t.queued}</Badge>
  const stages: Record<string, string> = {
    reading: t.reading,
    analysing: t.analysing,
    embedding: t.embedding,
    unpacking: t.unpacking,
  }
  const stage = stages[task.stage ?? ''] ?? task.stage ?? t.pending
  return (
    <span className={styles.stage}>
      <Progress value={task.progress} label={t.progressOf(stage, format.percent(task.progress / 100))} />
      <span>{stage}</span>
    </span>
  )
}

/** The same of a file that came out of an archive, of which less is known. */
export function MemberStateView({ member }: { member: Member }) {
  const t = useTexts(partTexts)
  if (member.status === 'failed')
    return (
      <span title={member.failure_reason ?? undefined}>
        <Badge tone="error">{t.failed}</Badge>
      </span>
    )
  return isPending(member) ? <Badge>{t.pending}</Badge> : <Badge tone="good">{t.completed}</Badge>
}
