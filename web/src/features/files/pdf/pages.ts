// SPDX-License-Identifier: Apache-2.0
/* The lines of a page from the passages of the tool read_lines, which leaves out blank lines between them. */

export interface Passage {
  line_start: number | null
  text: string
}

export interface PageText {
  /** The number in the document of the first line. */
  first: number
  lines: string[]
}

export function pageOf(passages: Passage[]): PageText {
  const first = passages[0]?.line_start ?? 1
  const lines: string[] = []
  for (const { line_start, text } of passages) {
    const at = line_start === null ? lines.length : line_start - first
    while (lines.length < at) lines.push('')
    lines.splice(at, Infinity, ...text.split('\n'))
  }
  return { first, lines }
}
