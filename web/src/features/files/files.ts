// SPDX-License-Identifier: Apache-2.0
/* What the rooms of this folder know about a file. */
import { isPending, type FileDocument } from '@/api/queries'

export const kinds = ['config', 'log', 'show', 'pcap', 'pdf', 'markdown', 'text', 'archive'] as const
export type Kind = (typeof kinds)[number]
export type FileState = 'pending' | 'completed' | 'failed'

export function stateOf(file: FileDocument): FileState {
  if (file.status === 'failed') return 'failed'
  return isPending(file) ? 'pending' : 'completed'
}

function textOf(file: FileDocument, name: string): string | null {
  const value = (file.metadata as Record<string, unknown> | null | undefined)?.[name]
  return typeof value === 'string' ? value : null
}

export const hostnameOf = (file: FileDocument) => textOf(file, 'hostname')
export const kindReasonOf = (file: FileDocument) => textOf(file, 'kind_reason')
export const vendorReasonOf = (file: FileDocument) => textOf(file, 'vendor_reason')

export function pagesOf(file: FileDocument): number | null {
  const value = (file.metadata as Record<string, unknown> | null | undefined)?.['pages']
  return typeof value === 'number' ? value : null
}

/** Files that can be read and compared line by line. */
export function isText(file: FileDocument): boolean {
  return !['pcap', 'pdf', 'archive'].includes(file.file_type)
}

export interface Filter {
  text: string
  kind: string
  state: string
}

export function filterOf(search: URLSearchParams): Filter {
  return {
    text: search.get('q') ?? '',
    kind: search.get('kind') ?? '',
    state: search.get('state') ?? '',
  }
}

/** Every word must be in the name, the host name or the vendor. */
export function matches(file: FileDocument, { text, kind, state }: Filter): boolean {
  if (kind !== '' && file.file_type !== kind) return false
  if (state !== '' && stateOf(file) !== state) return false
  const inside = [file.original_filename, hostnameOf(file), file.vendor].join(' ').toLowerCase()
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => inside.includes(word))
}

export interface Device {
  hostname: string
  /** Its configurations and other files that name it, newest first. */
  versions: FileDocument[]
}

export function devicesOf(files: FileDocument[]): Device[] {
  const byName = new Map<string, FileDocument[]>()
  for (const file of files) {
    const hostname = hostnameOf(file)
    if (hostname === null) continue
    const versions = byName.get(hostname)
    if (versions === undefined) byName.set(hostname, [file])
    else versions.push(file)
  }
  return [...byName]
    .map(([hostname, versions]) => ({
      hostname,
      versions: versions.sort((a, b) => b.created_at.localeCompare(a.created_at)),
    }))
    .sort((a, b) => a.hostname.localeCompare(b.hostname, undefined, { numeric: true }))
}
