// SPDX-License-Identifier: Apache-2.0
/* Small parts that the rooms of files share. */
import {
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
  const format = useFormat()
  if (file.status === 'failed')
    return (
      <span title={file.failure_reason ?? undefined}>
        <Badge tone="error">{t.failed}</Badge>
      </span>
    )
  if (!isPending(file)) return <Badge tone="good">{t.completed}</Badge>
  const task = file.task
  if (task == null || task.status === 'pending') return <Badge>{t.queued}</Badge>
  const stages: Record<string, string> = {
    reading: t.reading,
    analysing: t.analysing,
    embedding: t.embedding,
  }
  const stage = stages[task.stage ?? ''] ?? task.stage ?? t.pending
  return (
    <span className={styles.stage}>
      <Progress value={task.progress} label={t.progressOf(stage, format.percent(task.progress / 100))} />
      <span>{stage}</span>
    </span>
  )
}
