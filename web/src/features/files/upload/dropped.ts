// SPDX-License-Identifier: Apache-2.0
/* Finds the files in what was dropped: folders are walked through, hidden files are left out. */
import type { Chosen } from './queue'

export interface Found {
  chosen: Chosen[]
  hidden: number
}

const isHidden = (name: string) => name.startsWith('.')

/** Files of an <input>; those of a folder know their path. */
export function chosenFrom(list: FileList | File[]): Found {
  const all = Array.from(list).map((file) => ({ file, path: file.webkitRelativePath || file.name }))
  const chosen = all.filter(({ path }) => !path.split('/').some(isHidden))
  return { chosen, hidden: all.length - chosen.length }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}

/** A reader gives a part of the folder at a time, and an empty part at the end. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const found: FileSystemEntry[] = []
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (part.length === 0) return found
    found.push(...part)
  }
}

export async function walk(entries: FileSystemEntry[]): Promise<Found> {
  const found: Found = { chosen: [], hidden: 0 }
  const queue = [...entries]
  for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
    if (isHidden(entry.name)) found.hidden += 1
    else if (entry.isDirectory) queue.unshift(...(await childrenOf(entry as FileSystemDirectoryEntry)))
    else
      found.chosen.push({
        file: await fileOf(entry as FileSystemFileEntry),
        path: entry.fullPath.replace(/^\//, ''),
      })
  }
  return found
}

/**
 * Finds all files of a drop. What is dropped has to be asked for its entries at once: after the event
 * its items are gone. An item that knows no entry, as of a mail, is the file itself.
 */
export async function filesOf(transfer: DataTransfer): Promise<Found> {
  const entries: FileSystemEntry[] = []
  const files: File[] = []
  for (const item of transfer.items) {
    if (item.kind !== 'file') continue
    const entry = item.webkitGetAsEntry()
    const file = entry === null ? item.getAsFile() : null
    if (entry !== null) entries.push(entry)
    else if (file !== null) files.push(file)
  }
  const single = chosenFrom(files)
  const walked = await walk(entries)
  return { chosen: [...single.chosen, ...walked.chosen], hidden: single.hidden + walked.hidden }
}
