// SPDX-License-Identifier: Apache-2.0
/*
 * The lines of a file. Bytes are decoded and split a slice at a time, so that a file of 100 MB does not
 * hold up the page. A compressed file is read as the analysis has stored it.
 */
import { callTool, getRaw } from '@/api/client'

const sliceBytes = 1 << 20

/** Lets the page breathe: what waits to be drawn or answered comes first. */
export const breathe = () => new Promise<void>((resolve) => setTimeout(resolve))

const packed: number[][] = [
  [0x1f, 0x8b],
  [0x50, 0x4b, 3, 4],
  [0xfd, 0x37, 0x7a, 0x58],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0x42, 0x5a, 0x68],
  [0x04, 0x22, 0x4d, 0x18],
]

export function isPacked(bytes: Uint8Array): boolean {
  return (
    packed.some((magic) => magic.every((byte, at) => bytes[at] === byte)) ||
    new TextDecoder('latin1').decode(bytes.subarray(257, 262)) === 'ustar'
  )
}

function encodingOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return 'utf-8'
}

async function decodeAs(encoding: string, bytes: Uint8Array, signal?: AbortSignal): Promise<string[]> {
  const decoder = new TextDecoder(encoding, { fatal: encoding !== 'latin1' })
  const lines: string[] = []
  let rest = ''
  for (let at = 0; at < bytes.length; at += sliceBytes) {
    const last = at + sliceBytes >= bytes.length
    const part = rest + decoder.decode(bytes.subarray(at, at + sliceBytes), { stream: !last })
    const found = part.split('\n')
    rest = last ? '' : (found.pop() ?? '')
    for (const line of found) lines.push(line.endsWith('\r') ? line.slice(0, -1) : line)
    if (!last) await breathe()
    signal?.throwIfAborted()
  }
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** UTF-8 or UTF-16 as its first bytes say; what is neither is taken as Latin-1, which knows every byte. */
export async function linesOfBytes(bytes: Uint8Array, signal?: AbortSignal): Promise<string[]> {
  try {
    return await decodeAs(encodingOf(bytes), bytes, signal)
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    return decodeAs('latin1', bytes, signal)
  }
}

export interface StoredLines {
  lines: string[]
  /** False when only the beginning was read. */
  complete: boolean
}

interface ReadLines {
  last_line: number
  passages: { line_start: number | null; text: string; page: number | null }[]
  more: number | null
}

/** The lines as the analysis has stored them, without secrets; of the first `pages` answers of the tool. */
export async function storedLines(
  input: { document_id: string; page?: number },
  pages: number,
  signal?: AbortSignal,
): Promise<StoredLines> {
  const lines: string[] = []
  let more: number | null = null
  for (let page = 0; page < pages; page++) {
    const answer: ReadLines = await callTool('read_lines', more === null ? input : { ...input, more }, signal)
    for (const { line_start, text } of answer.passages)
      for (const [at, line] of text.split('\n').entries()) lines[(line_start ?? 1) - 1 + at] = line
    more = answer.more
    if (more === null) break
  }
  return { lines: Array.from(lines, (line: string | undefined) => line ?? ''), complete: more === null }
}

/** Of files up to this size the page reads the stored text as well, to hide secrets. */
const maskedBytes = 1_000_000
const maskedPages = 120
const packedPages = 400

export interface FileText {
  lines: string[]
  /** The same lines without secrets; null where they are not known. */
  masked: string[] | null
  /** The numbers (from 0) of the lines that have a secret. */
  secrets: ReadonlySet<number>
  /** What is shown is what the analysis stored, as the file is compressed. */
  stored: boolean
  complete: boolean
}

/** The stored text lacks white space at the ends of lines: a line differs only where something was masked. */
export function secretLines(lines: string[], masked: string[]): Set<number> {
  const found = new Set<number>()
  for (const [at, line] of masked.entries())
    if (line.includes('<redacted') && line !== lines[at]) found.add(at)
  return found
}

export async function loadText(id: string, signal?: AbortSignal): Promise<FileText> {
  const response = await getRaw(`/api/v1/files/${id}/download`, signal)
  const bytes = new Uint8Array(await response.arrayBuffer())
  if (isPacked(bytes)) {
    const { lines, complete } = await storedLines({ document_id: id }, packedPages, signal)
    return { lines, masked: null, secrets: new Set(), stored: true, complete }
  }
  const lines = await linesOfBytes(bytes, signal)
  const text: FileText = { lines, masked: null, secrets: new Set(), stored: false, complete: true }
  if (bytes.length > maskedBytes) return text
  const stored = await storedLines({ document_id: id }, maskedPages, signal).catch((error: unknown) => {
    if (signal?.aborted === true) throw error
    return null
  })
  if (stored?.complete !== true) return text
  const secrets = secretLines(lines, stored.lines)
  const masked = lines.map((line, at) => (secrets.has(at) ? (stored.lines[at] ?? line) : line))
  return { ...text, masked, secrets }
}
