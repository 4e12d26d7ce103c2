// SPDX-License-Identifier: Apache-2.0
/* Archives that became their files: what the server says of them. */
import type { FileDocument } from '@/api/queries'

export type Unpacked = NonNullable<FileDocument['archive']>
export type Member = Unpacked['members'][number]
export type LeftOut = Unpacked['left_out'][number]

export interface ArchiveCounts {
  files: number
  newFiles: number
  leftOut: number
  /** Why it was not unpacked to its end. */
  incomplete: string | null
}

function objectOf(value: unknown, name: string): Record<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null
  const member = (value as Record<string, unknown>)[name]
  return typeof member === 'object' && member !== null ? (member as Record<string, unknown>) : null
}

/** Of an archive that was unpacked; null for any other file. */
export function countsOf(file: FileDocument): ArchiveCounts | null {
  const archive = objectOf(file.metadata, 'archive')
  if (file.file_type !== 'archive' || archive === null) return null
  const number = (name: string) => (typeof archive[name] === 'number' ? archive[name] : 0)
  return {
    files: number('files'),
    newFiles: number('new_files'),
    leftOut: number('left_out'),
    incomplete: typeof archive['incomplete'] === 'string' ? archive['incomplete'] : null,
  }
}

/** The archive that a file came out of. It may have been deleted since. */
export function archiveOf(file: FileDocument): { id: string; name: string } | null {
  const from = objectOf(file.metadata, 'from_archive')
  return typeof from?.['id'] === 'string' && typeof from['name'] === 'string'
    ? { id: from['id'], name: from['name'] }
    : null
}

/** The files of each archive, in the order of their names. */
export function filesByArchive(files: FileDocument[]): Map<string, FileDocument[]> {
  const byArchive = new Map<string, FileDocument[]>()
  for (const file of files) {
    const archive = archiveOf(file)
    if (archive === null) continue
    const found = byArchive.get(archive.id)
    if (found === undefined) byArchive.set(archive.id, [file])
    else found.push(file)
  }
  for (const found of byArchive.values())
    found.sort((a, b) => a.original_filename.localeCompare(b.original_filename, undefined, { numeric: true }))
  return byArchive
}

/** Members that share a reason, the most common reason first. */
export function byReason(leftOut: LeftOut[]): [LeftOut['reason'], LeftOut[]][] {
  const groups = new Map<LeftOut['reason'], LeftOut[]>()
  for (const item of leftOut) groups.set(item.reason, [...(groups.get(item.reason) ?? []), item])
  return [...groups].sort((a, b) => b[1].length - a[1].length)
}
